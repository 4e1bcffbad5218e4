//! Time as a capability of the runtime.

use core::future::Future;
use std::task::Context;
use std::time::{Duration, Instant};

use crate::runtime::{AnyRuntime, BoxSleep};
use crate::scope::Nowhere;
use crate::unwind;

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

/// An instant of the system's clock in one word, for an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) fn now() -> Self {
        let since = Instant::now().saturating_duration_since(beginning());
        Self(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    /// What [`word`](Self::word) gave.
    pub(crate) const fn from_word(word: u64) -> Self {
        Self(word)
    }

    pub(crate) const fn word(self) -> u64 {
        self.0
    }

    pub(crate) fn instant(self) -> Instant {
        beginning() + Duration::from_nanos(self.0)
    }
}

/// The first time that anybody asked for a moment.
fn beginning() -> Instant {
    static BEGINNING: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    *BEGINNING.get_or_init(Instant::now)
}

/// A timer of our own: for a deadline, a grace, a budget, a slow exit.
pub(crate) struct Countdown {
    /// `None` when it has rung, and when there is nothing that could ever ring.
    sleep: Option<BoxSleep>,
}

impl Countdown {
    /// Rings `duration` from now. A duration that the clock does not reach means never.
    pub(crate) fn start(runtime: &AnyRuntime, duration: Duration) -> Self {
        match runtime.now().checked_add(duration) {
            Some(at) => Self::until(runtime, at),
            None => Self { sleep: None },
        }
    }

    /// Rings at `at`.
    pub(crate) fn until(runtime: &AnyRuntime, at: Instant) -> Self {
        Self {
            sleep: Some(runtime.sleep_until(at)),
        }
    }

    /// Like [`start`](Self::start), but does without where there is no runtime, and on one that has no timers and says so by a
    /// panic.
    pub(crate) fn start_if_possible(runtime: &AnyRuntime, duration: Duration) -> Self {
        if runtime.downcast_ref::<Nowhere>().is_some() {
            return Self { sleep: None };
        }
        unwind::catch(|| Self::start(runtime, duration)).unwrap_or_else(|payload| {
            unwind::forget_payload(payload);
            Self { sleep: None }
        })
    }

    /// `true` once, when it rings.
    ///
    /// Timers of a runtime that has shut down may panic. What they would have timed is over then: such a timer never rings.
    pub(crate) fn rings(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(sleep) = &mut self.sleep else {
            return false;
        };
        let rung = match unwind::catch(|| sleep.as_mut().poll(cx).is_ready()) {
            Ok(false) => return false,
            Ok(true) => true,
            Err(payload) => {
                unwind::forget_payload(payload);
                false
            }
        };
        self.sleep = None;
        rung
    }
}
