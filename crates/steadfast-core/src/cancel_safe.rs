//! A promise that a future may be dropped.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

/// Dropping this future before its end loses nothing: no data, no place in a queue that matters, no half-done step.
///
/// A safe marker, and a promise by its author. steadfast's own leaf futures have it; an `async` block does not, because
/// nothing can check what it has done half-way. Where a future must be droppable ([`timeout`](crate::timeout)), a caller who
/// knows better says so with [`assert_cancel_safe`], which can be found by searching for the word.
#[diagnostic::on_unimplemented(
    message = "`{Self}` may be dropped half-way here, and nothing says that this loses nothing",
    note = "if it should be asked to end, and awaited, use `with_deadline`",
    note = "if it may be dropped at any of its awaits, mark it as a region that gives way: `fut.or_cancelled()`",
    note = "if dropping it loses nothing, say so: `assert_cancel_safe(fut)`"
)]
pub trait CancelSafe {}

impl<T: CancelSafe + ?Sized> CancelSafe for &mut T {}
impl<T> CancelSafe for core::future::Ready<T> {}
impl<T> CancelSafe for core::future::Pending<T> {}
#[cfg(feature = "alloc")]
impl<T: CancelSafe + ?Sized> CancelSafe for alloc::boxed::Box<T> {}
impl<P: core::ops::Deref<Target: CancelSafe>> CancelSafe for Pin<P> {}

/// Says that dropping `future` half-way loses nothing.
///
/// # Examples
///
/// ```
/// use steadfast_core::{CancelSafe, assert_cancel_safe};
///
/// fn droppable(_: impl CancelSafe) {}
///
/// let (_sender, mut receiver) = std::sync::mpsc::channel::<u8>();
/// // It takes nothing before it is ready.
/// droppable(assert_cancel_safe(async move { receiver.try_recv() }));
/// ```
pub const fn assert_cancel_safe<F: Future>(future: F) -> AssertCancelSafe<F> {
    AssertCancelSafe { future }
}

pin_project! {
    /// The future of [`assert_cancel_safe`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct AssertCancelSafe<F> {
        #[pin]
        future: F,
    }
}

impl<F> CancelSafe for AssertCancelSafe<F> {}

impl<F: Future> Future for AssertCancelSafe<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}
