//! Time as a capability of the runtime.

use core::future::Future;
use std::time::Instant;

/// Tells the time and waits for it.
///
/// The clock is the runtime's own, so that a paused or virtual clock is honoured.
pub trait Timer: Send + Sync + 'static {
    /// What [`sleep_until`](Self::sleep_until) returns. Dropping it frees the timer.
    type Sleep: Future<Output = ()> + Send + 'static;

    /// A future that is ready once `at` has passed: never early; how late depends on the granularity of the runtime.
    ///
    /// An instant in the past is ready at the first poll or soon after it.
    fn sleep_until(&self, at: Instant) -> Self::Sleep;

    /// The current instant of this runtime's clock.
    fn now(&self) -> Instant {
        Instant::now()
    }
}
