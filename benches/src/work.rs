//! What children do.

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

/// Waits so many times, and wakes itself each time: the runtime polls it once more than that.
///
/// The same for all contestants; those of the runtimes differ in where they put a task that yields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Yields(pub(crate) usize);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.0.checked_sub(1) {
            None => Poll::Ready(()),
            Some(rest) => {
                self.0 = rest;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

pub(crate) fn yield_now() -> Yields {
    Yields(1)
}

/// Waits, without blocking its thread, until `count` has come to `goal`.
pub(crate) async fn reaches(count: &AtomicUsize, goal: usize) {
    while count.load(Ordering::Acquire) < goal {
        yield_now().await;
    }
}

/// How long `work` takes.
pub(crate) async fn timed(work: impl Future) -> Duration {
    let start = Instant::now();
    work.await;
    start.elapsed()
}

/// Polls `work` until it is ready.
pub(crate) fn spin<F: Future>(work: F) -> F::Output {
    let mut work = std::pin::pin!(work);
    let cx = &mut Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = work.as_mut().poll(cx) {
            return value;
        }
    }
}
