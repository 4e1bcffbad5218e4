//! Who somebody is in the tree: a name, and the line of source that started it.

use alloc::borrow::Cow;
use core::fmt;
use core::panic::Location;

/// The name of a node of the tree.
pub(crate) type Name = Cow<'static, str>;

/// A name, where one was given, and a place in the source.
///
/// Identifies a child, a nursery or a canceller in errors, reasons and reports. It holds no reference to the task.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    name: Option<Name>,
    location: &'static Location<'static>,
}

impl Origin {
    #[cfg(feature = "std")]
    pub(crate) const fn new(name: Option<Name>, location: &'static Location<'static>) -> Self {
        Self { name, location }
    }

    #[cfg(feature = "std")]
    pub(crate) const fn at(location: &'static Location<'static>) -> Self {
        Self::new(None, location)
    }

    /// The name, if one was given.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The line of source that started it.
    pub const fn location(&self) -> &'static Location<'static> {
        self.location
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "`{name}` ({})", self.location),
            None => write!(f, "{}", self.location),
        }
    }
}
