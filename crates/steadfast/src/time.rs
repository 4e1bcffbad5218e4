//! Time on the ambient runtime, also outside of steadfast tasks.

use std::future::Future;
use std::time::{Duration, Instant};

use steadfast_core::{CancelSafe, Deadline, Sleep, Timeout, WithDeadline};

use crate::finder::install;

/// Waits for `duration` on the ambient runtime's clock, from the first poll on. Never early.
///
/// Not a cancel point: write `sleep(d).or_cancelled().await?` for one.
///
/// # Panics
///
/// At the first poll, if there is no runtime; the text names the fix.
///
/// # Cancel safety
///
/// May be dropped at any time.
pub fn sleep(duration: Duration) -> Sleep {
    install();
    steadfast_core::sleep(duration)
}

/// Waits until `at` on the ambient runtime's clock. As [`sleep`].
///
/// # Panics
///
/// At the first poll, if there is no runtime; the text names the fix.
pub fn sleep_until(at: Instant) -> Sleep {
    install();
    steadfast_core::sleep_until(at)
}

/// Asks `future` to end when `deadline` passes, and waits for it: **only a request**.
///
/// The value is the value of `future`, also when it is late. A [`Duration`] counts from the first poll. Nested deadlines apply
/// together; the earliest counts.
///
/// # Panics
///
/// At the first poll, if there is no runtime whose clock could be used; the text names the fix.
///
/// # Cancel safety
///
/// As `future`.
#[track_caller]
pub fn with_deadline<F: Future>(deadline: impl Into<Deadline>, future: F) -> WithDeadline<F> {
    install();
    steadfast_core::with_deadline(deadline, future)
}

/// Waits for `future` until `deadline`, then **drops** it: [`with_deadline`] and a marked region in one.
///
/// Because the word alone does not say that work may be dropped, `future` must be [`CancelSafe`]: wrap it in
/// [`assert_cancel_safe`](crate::assert_cancel_safe), or mark the await inside with
/// [`or_cancelled`](crate::FutureExt::or_cancelled). A shield inside is finished first.
///
/// Only its own deadline ends it. Another request is seen by the code inside, but does not end the `timeout`, and is never
/// reported as one. Of nested timeouts that pass together, the outermost reports.
///
/// # Errors
///
/// [`TimedOut`](crate::TimedOut) if the deadline passed before there was a value. A value that is ready at the deadline wins.
///
/// # Panics
///
/// At the first poll, if there is no runtime whose clock could be used; the text names the fix.
///
/// # Cancel safety
///
/// As `future`, which says that it is safe.
#[track_caller]
pub fn timeout<F: Future + CancelSafe>(deadline: impl Into<Deadline>, future: F) -> Timeout<F> {
    install();
    steadfast_core::timeout(deadline, future)
}
