//! A timer of `async-io` without its output.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use async_io::Timer;

/// Ready once its instant has passed. Dropping it frees the timer.
#[derive(Debug)]
#[must_use = "a sleep does nothing unless it is polled"]
pub struct Sleep {
    timer: Timer,
}

impl Sleep {
    pub(crate) fn until(at: Instant) -> Self {
        Self {
            timer: Timer::at(at),
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.timer).poll(cx).map(drop)
    }
}
