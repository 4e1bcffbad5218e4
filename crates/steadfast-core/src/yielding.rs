//! Giving others their turn.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::CancelSafe;

/// Lets other tasks run, once.
///
/// Not a cancel point; pair it with [`checkpoint`](crate::checkpoint) in a loop that computes for long. Costs one wake and one
/// poll.
///
/// # Cancel safety
///
/// May be dropped at any time.
pub const fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// The future of [`yield_now`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct YieldNow {
    yielded: bool,
}

impl CancelSafe for YieldNow {}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if core::mem::replace(&mut self.yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
