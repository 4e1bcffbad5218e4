//! Items not too close to each other.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::Flow;
use crate::{Sleep, ambient, sleep_until};

/// At least `pause` between two items, on the ambient runtime's clock. The source moves on during the pause.
///
/// # Panics
///
/// When polled where there is no runtime; the text names the fix.
pub const fn throttle<F: Flow>(flow: F, pause: Duration) -> Throttle<F> {
    Throttle {
        flow,
        length: pause,
        pause: None,
    }
}

pin_project! {
    /// The flow of [`throttle`].
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Throttle<F> {
        #[pin]
        flow: F,
        length: Duration,
        pause: Option<Sleep>,
    }
}

impl<F: Flow> Flow for Throttle<F> {
    type Item = F::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Item>> {
        let this = self.project();
        if let Some(pause) = this.pause {
            if Pin::new(pause).poll(cx).is_pending() {
                // The source has given an item last.
                let _ = this.flow.poll_progress(cx);
                return Poll::Pending;
            }
            *this.pause = None;
        }
        let answer = this.flow.poll_next(cx);
        if let Poll::Ready(Some(_)) = answer {
            // From now on, not from the next poll. A pause beyond the clock's reach never ends.
            *this.pause = Some(match ambient::now().checked_add(*this.length) {
                Some(at) => sleep_until(at),
                None => crate::sleep(Duration::MAX),
            });
        }
        answer
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().flow.poll_progress(cx)
    }
}

impl<F: fmt::Debug> fmt::Debug for Throttle<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("flow", &self.flow)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
