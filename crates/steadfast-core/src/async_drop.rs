//! Clean-up that awaits, and that is awaited.
//!
//! A value whose release needs `.await` implements [`AsyncDrop`]. Three ways lead to its clean-up:
//!
//! - [`AsyncDropGuard`] owns the value. When the guard is dropped, however that comes about, the clean-up goes on the
//!   **clean-up queue** of the task that dropped it. The task drains its queue in drop order, one at a time, before it counts
//!   as finished, and advances it whenever it runs; nothing is spawned by the destructor.
//! - [`AsyncDropGuard::close`] cleans up here and now.
//! - [`closing`](crate::closing) is the bracket: the clean-up has run when the call returns.
//!
//! A clean-up is **shielded** (the request that led to it does not cut it short), runs at most **once**, under
//! `catch_unwind`, and within a **budget** of time (30 s unless the nursery's builder says otherwise). One that panics or
//! overruns is a secondary failure of its nursery and does not keep the others from running.
//!
//! # Where a guard may be dropped
//!
//! | dropped | its clean-up runs |
//! |---|---|
//! | in a child, or in the body of a nursery | in that task, before it counts as finished |
//! | outside of any steadfast task | in the nursery where the guard was made, or the nearest enclosing one that is open, up to the root; one at a time |
//! | where there is none of these | not at all: the synchronous destructor runs, a [`Report`](crate::Report) names the type and the birthplace, and [`lost`](crate::lost) counts it |

#[cfg(feature = "alloc")]
use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;

#[cfg(feature = "std")]
mod bracket;
#[cfg(feature = "std")]
mod guard;
#[cfg(feature = "std")]
mod queue;

#[cfg(feature = "std")]
pub use self::bracket::{Lease, closing, closing_borrowed};
#[cfg(feature = "std")]
pub use self::guard::AsyncDropGuard;
#[cfg(feature = "std")]
pub use self::queue::settle;
#[cfg(feature = "std")]
pub(crate) use self::queue::{
    Item, Mishap, MishapKind, Queue, hand_over, poll_begun, poll_current,
};

/// A value whose release needs `.await`.
///
/// The shape is that of the language's own experimental trait. Implementations may write `async fn`.
///
/// The synchronous destructor still runs, after the clean-up or, if that could not run, in its place: keep in `Drop` what
/// must happen in any case and can happen without waiting.
///
/// # Examples
///
/// ```
/// use std::pin::Pin;
/// use steadfast_core::AsyncDrop;
///
/// struct Connection;
///
/// impl Connection {
///     async fn say_goodbye(&mut self) {}
/// }
///
/// impl AsyncDrop for Connection {
///     async fn async_drop(mut self: Pin<&mut Self>) {
///         self.say_goodbye().await;
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no async clean-up",
    note = "implement `AsyncDrop` for it; a guard and `closing` exist only to run `async_drop`"
)]
pub trait AsyncDrop {
    /// Releases the value. Called at most once; the value is dropped afterwards.
    ///
    /// # Cancel safety
    ///
    /// steadfast drops this future early only when it overruns its budget, and reports that.
    fn async_drop(self: Pin<&mut Self>) -> impl Future<Output = ()> + Send;
}

/// [`AsyncDrop`] for trait objects. Implemented for every [`AsyncDrop`] type that is `Send`.
#[cfg(feature = "alloc")]
pub trait DynAsyncDrop: Send {
    /// [`AsyncDrop::async_drop`], boxed.
    fn async_drop_dyn<'a>(self: Pin<&'a mut Self>)
    -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

#[cfg(feature = "alloc")]
impl<T: AsyncDrop + Send> DynAsyncDrop for T {
    fn async_drop_dyn<'a>(
        self: Pin<&'a mut Self>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(self.async_drop())
    }
}

#[cfg(feature = "alloc")]
impl AsyncDrop for Box<dyn DynAsyncDrop + '_> {
    async fn async_drop(self: Pin<&mut Self>) {
        let inside: &mut (dyn DynAsyncDrop + '_) = &mut **self.get_mut();
        // SAFETY: `Pin::new_unchecked` asks that the pointee is not moved from now until it is dropped. The pointee is an
        // unsized value in a box. Safe code can move the box, which leaves the pointee where it is; it cannot move an
        // unsized value out of a box, nor swap it with another; and `DynAsyncDrop` gives no way back to the sized type.
        // What is left is to drop it in place, which the contract allows.
        let pinned = unsafe { Pin::new_unchecked(inside) };
        pinned.async_drop_dyn().await;
    }
}

#[cfg(feature = "alloc")]
impl<T: DynAsyncDrop + ?Sized> AsyncDrop for Pin<Box<T>> {
    async fn async_drop(self: Pin<&mut Self>) {
        self.get_mut().as_mut().async_drop_dyn().await;
    }
}
