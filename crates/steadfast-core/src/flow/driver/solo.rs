//! A loop over one flow, which needs no room for an item: when the flow has one, the body is ready for it.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::super::Flow;
use super::awaits::Progress;
use super::budget::{Budget, Spent};

/// What a loop over one flow keeps of it.
pub const fn source<F: Flow>(flow: F) -> Option<F> {
    Some(flow)
}

/// The flow of one loop, and the loop around it.
///
/// While the body awaits, the flow has answered with an item last, so that it may be moved on. While the loop waits for an item, nobody
/// but [`Next`] polls it.
pub struct Solo<'a, F, P> {
    /// None when it has ended.
    flow: Pin<&'a mut Option<F>>,
    parent: P,
    budget: Budget,
}

impl<'a, F: Flow, P: Progress> Solo<'a, F, P> {
    /// A driver of `flow`.
    #[inline]
    pub fn new(flow: Pin<&'a mut Option<F>>, parent: P) -> Self {
        Self {
            flow,
            parent,
            budget: Budget::default(),
        }
    }

    /// The next item, or `None` at the end.
    #[inline]
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Next<'_, 'a, F, P> {
        Next { driver: self }
    }

    #[inline]
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Item>> {
        if let Spent::Last = self.budget.spend() {
            if self.poll_begin(cx).is_pending() {
                return Poll::Pending;
            }
        }
        let Some(flow) = self.flow.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        match flow.poll_next(cx) {
            Poll::Ready(Some(item)) => Poll::Ready(Some(item)),
            Poll::Ready(None) => {
                self.flow.set(None);
                Poll::Ready(None)
            }
            Poll::Pending => {
                self.budget.refill();
                self.parent.progress(cx);
                Poll::Pending
            }
        }
    }

    /// After others have had their turn, or before.
    #[cold]
    fn poll_begin(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let begun = self.budget.poll_begin(cx);
        match begun {
            Poll::Ready(()) => self.parent.resume(),
            Poll::Pending => self.progress(cx),
        }
        begun
    }
}

impl<F: Flow, P: Progress> Progress for Solo<'_, F, P> {
    fn progress(&mut self, cx: &mut Context<'_>) {
        self.budget.refill();
        if let Some(flow) = self.flow.as_mut().as_pin_mut() {
            // `Ready` says that calling it again would change nothing, and so it may be called again.
            let _ = flow.poll_progress(cx);
        }
        self.parent.progress(cx);
    }

    #[inline]
    fn resume(&mut self) {
        self.parent.resume();
    }
}

impl<F, P> fmt::Debug for Solo<'_, F, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Solo").finish_non_exhaustive()
    }
}

/// Waits for the next item.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Next<'d, 'a, F, P> {
    driver: &'d mut Solo<'a, F, P>,
}

impl<F: Flow, P: Progress> Future for Next<'_, '_, F, P> {
    type Output = Option<F::Item>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Item>> {
        self.driver.poll_next(cx)
    }
}
