//! What is left when a test is over.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use steadfast_core::Tree;

/// Counts what must be gone at the end of a test: tokens that stand for resources, and values behind an `Arc`. Clones share it.
///
/// ```
/// use std::sync::Arc;
/// use steadfast_sim::kit::Leaks;
///
/// let (leaks, cache) = (Leaks::new(), Arc::new("cache"));
/// leaks.expect_dropped("cache", &cache);
/// let connection = leaks.token("connection");
/// assert_eq!(leaks.left().len(), 2);
/// drop((connection, cache));
/// leaks.assert_none();
/// ```
#[derive(Clone, Default)]
pub struct Leaks {
    watched: Arc<Mutex<Vec<Watched>>>,
}

struct Watched {
    name: String,
    place: &'static Location<'static>,
    count: Box<dyn Fn() -> usize + Send>,
}

impl Leaks {
    /// Nothing to look after.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that must be dropped, with all its clones, before the test ends. Let the value that must not leak hold it.
    #[track_caller]
    pub fn token(&self, name: impl Into<String>) -> Token {
        let token = Token(Arc::new(()));
        self.expect_dropped(name, &token.0);
        token
    }

    /// Expects that nothing holds `value` strongly when the test ends.
    #[track_caller]
    pub fn expect_dropped<T: ?Sized + Send + Sync + 'static>(
        &self,
        name: impl Into<String>,
        value: &Arc<T>,
    ) {
        let value = Arc::downgrade(value);
        let watched = Watched {
            name: name.into(),
            place: Location::caller(),
            count: Box::new(move || Weak::strong_count(&value)),
        };
        let mut all = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(watched);
    }

    /// What is left: a line for each, with its name, how often it is held, and where it was handed out.
    #[must_use]
    pub fn left(&self) -> Vec<String> {
        let all = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter_map(Watched::line).collect()
    }

    /// Fails if anything is left.
    ///
    /// # Panics
    ///
    /// With the lines of [`left`](Self::left).
    #[track_caller]
    pub fn assert_none(&self) {
        let left = self.left();
        assert!(left.is_empty(), "left at the end:\n{}", left.join("\n"));
    }
}

impl Watched {
    fn line(&self) -> Option<String> {
        let held = (self.count)();
        (held > 0).then(|| format!("`{}` ({}), held {held} times", self.name, self.place))
    }
}

impl fmt::Debug for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaks").field("left", &self.left()).finish()
    }
}

/// Stands for something that must not leak; see [`Leaks::token`].
#[derive(Clone, Debug)]
#[must_use = "a token that is dropped at once shows nothing; keep it in the value that must not leak"]
pub struct Token(Arc<()>);

/// What a test has to say that ends while `tree`, a nursery's, has anything below it: a line for each. Nothing if it has not.
#[must_use]
pub fn leaks(tree: &Tree) -> Option<String> {
    let drawing = tree.to_string();
    let mut lines = drawing.lines();
    let nursery = lines.next()?;
    let left: Vec<_> = lines.collect();
    (!left.is_empty()).then(|| {
        format!(
            "{} left at the end of {nursery}\n{}",
            left.len(),
            left.join("\n")
        )
    })
}
