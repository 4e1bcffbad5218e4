//! The guard that owns a value until its clean-up.

use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::{Deref, DerefMut};
use std::panic::{Location, resume_unwind};
use std::sync::Weak;
use std::task::Poll;

use super::queue::{Item, Mishap, MishapKind, hand_over};
use crate::nursery::Enclosing;
use crate::{AsyncDrop, TaskLocals, context};

/// Owns a value and sees to its async clean-up.
///
/// Made with [`new`](Self::new), used through `Deref`, and ended in one of three ways: [`close`](Self::close) cleans up now;
/// [`into_inner`](Self::into_inner) gives the value back without a clean-up; dropping the guard puts the clean-up on the
/// queue of the task that drops it, where it runs before that task counts as finished. See [the table](AsyncDrop#) in the
/// module text for guards that are dropped elsewhere.
///
/// Costs: making one allocates nothing; dropping one allocates the box of its clean-up.
///
/// # Panics
///
/// A clean-up that panics is a failure of the nursery; dropping the guard itself does not panic.
///
/// # Examples
///
/// ```
/// # use std::pin::Pin;
/// # use steadfast_core::{AsyncDrop, AsyncDropGuard};
/// # struct Connection { open: bool }
/// # impl AsyncDrop for Connection {
/// #     async fn async_drop(mut self: Pin<&mut Self>) { self.open = false; }
/// # }
/// # futures_util::future::FutureExt::now_or_never(async {
/// let connection = AsyncDropGuard::new(Connection { open: true });
/// assert!(connection.open);
/// connection.close().await; // or: drop it, and the task cleans up before it finishes
/// # });
/// ```
#[must_use = "a guard that is dropped at once cleans up at once"]
pub struct AsyncDropGuard<T: AsyncDrop + Send + 'static> {
    value: Option<T>,
    birthplace: &'static Location<'static>,
    born: Option<Weak<dyn Enclosing>>,
    /// What the clean-up sees bound: what was bound here.
    locals: TaskLocals,
}

impl<T: AsyncDrop + Send + 'static> AsyncDropGuard<T> {
    /// Guards `value`. The caller's place in the source is its birthplace in reports.
    #[track_caller]
    pub fn new(value: T) -> Self {
        let (born, locals) = context::birth();
        Self {
            value: Some(value),
            birthplace: Location::caller(),
            born,
            locals,
        }
    }

    /// The clean-up, if the value is still there.
    fn take_item(&mut self) -> Option<Item<'static>> {
        let value = self.value.take()?;
        let locals = std::mem::take(&mut self.locals);
        Some(Item::new(value, self.birthplace, locals))
    }

    /// Cleans up now. Ready when the clean-up is done.
    ///
    /// The clean-up is shielded and has the same budget as one from the queue.
    ///
    /// # Panics
    ///
    /// If the clean-up panics, with its payload.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, the clean-up goes on the queue of the task that drops it, and goes on
    /// there from where it was.
    pub fn close(mut self) -> impl Future<Output = ()> + Send {
        let mut closing = Closing {
            item: self.take_item(),
            born: self.born.clone(),
        };
        async move {
            let end = poll_fn(|cx| match closing.item.as_mut() {
                Some(item) => item.poll(cx),
                None => Poll::Ready(Ok(())),
            })
            .await;
            drop(closing.item.take());
            match end {
                Err(Mishap {
                    kind: MishapKind::Panicked(payload),
                    ..
                }) => resume_unwind(payload),
                Err(overran) => overran.tell(),
                Ok(()) => {}
            }
        }
    }

    /// Gives the value back. No clean-up will run.
    ///
    /// # Panics
    ///
    /// Never: the value leaves the guard only here, in `close` and in the destructor, all of which take the guard.
    pub fn into_inner(mut self) -> T {
        self.value.take().expect("a live guard owns its value")
    }
}

struct Closing {
    item: Option<Item<'static>>,
    born: Option<Weak<dyn Enclosing>>,
}

impl Drop for Closing {
    fn drop(&mut self) {
        if let Some(item) = self.item.take() {
            hand_over(item, self.born.as_ref());
        }
    }
}

impl<T: AsyncDrop + Send + 'static> Drop for AsyncDropGuard<T> {
    fn drop(&mut self) {
        if let Some(item) = self.take_item() {
            hand_over(item, self.born.as_ref());
        }
    }
}

impl<T: AsyncDrop + Send + 'static> Deref for AsyncDropGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("a live guard owns its value")
    }
}

impl<T: AsyncDrop + Send + 'static> DerefMut for AsyncDropGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("a live guard owns its value")
    }
}

impl<T: AsyncDrop + Send + fmt::Debug + 'static> fmt::Debug for AsyncDropGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncDropGuard").field(&self.value).finish()
    }
}
