//! Whether a stretch of code can be asked to end.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use steadfast_core::witness::cancel_points;

/// Runs `future` to its end, and fails if it got there without reaching a cancel point.
///
/// A cancel point is where code looks whether it was asked to end: `checkpoint()`, `is_cancelled()`, `cancelled().await`, and an
/// await under `or_cancelled` that was not ready at once. A loop or a service that reaches none cannot be cancelled.
///
/// What `future` does itself counts, with the children of its scopes, and not what the children of a nursery do: they are tasks
/// of their own. Nobody need ask it to end, and it need not run in a steadfast task. If it is dropped before its end, nothing is
/// checked.
///
/// # Panics
///
/// When `future` is ready, with the place of this call.
///
/// # Cancel safety
///
/// As `future`.
///
/// # Examples
///
/// ```
/// use steadfast_core::{Cancelled, checkpoint};
/// use steadfast_sim::kit::{assert_checkpoints, assert_no_checkpoints, ready_now};
///
/// async fn pages() -> Result<u32, Cancelled> {
///     let mut read = 0;
///     for _ in 0..3 {
///         checkpoint()?;
///         read += 1;
///     }
///     Ok(read)
/// }
///
/// assert_eq!(ready_now(assert_checkpoints(pages())), Ok(3));
/// ready_now(assert_no_checkpoints(async { /* must not be cut short */ }));
/// ```
#[track_caller]
pub fn assert_checkpoints<F: Future>(future: F) -> AssertCheckpoints<F> {
    AssertCheckpoints {
        future,
        wanted: true,
        reached: 0,
        place: Location::caller(),
    }
}

/// Runs `future` to its end, and fails as soon as it reaches a cancel point: for stretches that must not be cut short.
///
/// What counts is said at [`assert_checkpoints`].
///
/// # Panics
///
/// In the poll that reaches a cancel point, with the place of this call.
///
/// # Cancel safety
///
/// As `future`.
#[track_caller]
pub fn assert_no_checkpoints<F: Future>(future: F) -> AssertCheckpoints<F> {
    AssertCheckpoints {
        wanted: false,
        ..assert_checkpoints(future)
    }
}

pin_project! {
    /// The future of [`assert_checkpoints`] and [`assert_no_checkpoints`].
    #[must_use = "futures do nothing unless polled"]
    pub struct AssertCheckpoints<F> {
        #[pin]
        future: F,
        wanted: bool,
        reached: u64,
        place: &'static Location<'static>,
    }
}

impl<F: Future> Future for AssertCheckpoints<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let before = cancel_points();
        let polled = this.future.poll(cx);
        *this.reached += cancel_points().wrapping_sub(before);
        let (reached, place) = (*this.reached, *this.place);
        assert!(
            *this.wanted || reached == 0,
            "the region at {place} must reach no cancel point, and reached {reached}; \
             look for `checkpoint`, `is_cancelled`, `cancelled` and `or_cancelled` inside"
        );
        assert!(
            !*this.wanted || reached > 0 || polled.is_pending(),
            "the region at {place} ended without reaching a cancel point: a request would not have been seen; \
             add a `checkpoint()?`, or `or_cancelled()` to an await"
        );
        polled
    }
}

impl<F> fmt::Debug for AssertCheckpoints<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssertCheckpoints")
            .field("reached", &self.reached)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
