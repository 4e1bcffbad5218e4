//! hyper's clock.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use steadfast::{AmbientRuntime, BoxSleep, NoRuntime, Nursery, Timer as _};

/// Time for hyper, as a runtime of steadfast tells it: a clock that a test has paused is honoured.
///
/// [`Server`](crate::Server) sets it by itself; it is for connections that are built by hand. A sleep that is dropped is forgotten.
/// Costs two boxes for each sleep.
///
/// # Panics
///
/// Where the timer of the runtime does: on a tokio runtime that was built without `enable_time`.
#[derive(Clone, Debug)]
pub struct NurseryTimer {
    runtime: AmbientRuntime,
}

impl NurseryTimer {
    /// On the clock of the runtime that the children of `nursery` run on.
    pub fn of<E: Send + 'static>(nursery: &Nursery<E>) -> Self {
        Self {
            runtime: nursery.runtime().clone(),
        }
    }

    /// On the clock of the runtime that this code runs on.
    ///
    /// # Errors
    ///
    /// [`NoRuntime`] if there is none; its text names the fix.
    pub fn here() -> Result<Self, NoRuntime> {
        AmbientRuntime::current().map(|runtime| Self { runtime })
    }
}

impl Timer for NurseryTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        match self.runtime.now().checked_add(duration) {
            Some(at) => self.sleep_until(at),
            // The clock does not reach that far.
            None => Box::pin(Never),
        }
    }

    fn sleep_until(&self, at: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Sleeping(Mutex::new(self.runtime.sleep_until(at))))
    }

    fn now(&self) -> Instant {
        self.runtime.now()
    }
}

/// A sleep is `Send`, and hyper wants it to be `Sync`. Only `poll` looks at it, and has it to itself: nobody ever locks.
struct Sleeping(Mutex<BoxSleep>);

impl Sleep for Sleeping {}

impl Future for Sleeping {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        sleep.as_mut().poll(cx)
    }
}

struct Never;

impl Sleep for Never {}

impl Future for Never {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}
