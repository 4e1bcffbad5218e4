//! A loop over one flow, which needs no room for an item: when the flow has one, the body is ready for it.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::super::Flow;
use super::awaits::Progress;
use super::budget::{Budget, Spent};

/// What a loop over one flow keeps of it, if nothing comes after its end: the flow, which is dropped with the loop.
pub const fn source<F: Flow>(flow: F) -> F {
    flow
}

/// What a loop over one flow keeps of it, if `done` comes after its end.
pub const fn source_before_done<F: Flow>(flow: F) -> Option<F> {
    Some(flow)
}

/// A flow that is pinned for one loop.
pub trait Held {
    /// The flow.
    type Flow: Flow;
    /// The flow, unless it has ended.
    fn flow(&mut self) -> Option<Pin<&mut Self::Flow>>;
    /// It has ended.
    fn end(&mut self);
}

impl<F: Flow> Held for Pin<&mut F> {
    type Flow = F;

    #[inline]
    fn flow(&mut self) -> Option<Pin<&mut F>> {
        Some(self.as_mut())
    }

    #[inline]
    fn end(&mut self) {}
}

impl<F: Flow> Held for Pin<&mut Option<F>> {
    type Flow = F;

    #[inline]
    fn flow(&mut self) -> Option<Pin<&mut F>> {
        self.as_mut().as_pin_mut()
    }

    #[inline]
    fn end(&mut self) {
        self.set(None);
    }
}

/// The flow of one loop, and the loop around it.
///
/// While the body awaits, the flow has answered with an item last, so that it may be moved on. While the loop waits for an item, nobody
/// but [`Next`] polls it.
pub struct Solo<H, P> {
    held: H,
    parent: P,
    budget: Budget,
}

impl<H: Held, P: Progress> Solo<H, P> {
    /// A driver of the flow that is held.
    #[inline]
    pub fn new(held: H, parent: P) -> Self {
        Self {
            held,
            parent,
            budget: Budget::default(),
        }
    }

    /// The next item, or `None` at the end.
    #[inline]
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Next<'_, H, P> {
        Next { driver: self }
    }

    #[inline]
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<<H::Flow as Flow>::Item>> {
        if let Spent::Last = self.budget.spend() {
            if self.poll_begin(cx).is_pending() {
                return Poll::Pending;
            }
        }
        let Some(flow) = self.held.flow() else {
            return Poll::Ready(None);
        };
        match flow.poll_next(cx) {
            Poll::Ready(Some(item)) => Poll::Ready(Some(item)),
            Poll::Ready(None) => {
                self.held.end();
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

impl<H: Held, P: Progress> Progress for Solo<H, P> {
    fn progress(&mut self, cx: &mut Context<'_>) {
        self.budget.refill();
        if let Some(flow) = self.held.flow() {
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

impl<H, P> fmt::Debug for Solo<H, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Solo").finish_non_exhaustive()
    }
}

/// Waits for the next item.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Next<'a, H, P> {
    driver: &'a mut Solo<H, P>,
}

impl<H: Held, P: Progress> Future for Next<'_, H, P> {
    type Output = Option<<H::Flow as Flow>::Item>;

    #[inline]
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<<H::Flow as Flow>::Item>> {
        self.driver.poll_next(cx)
    }
}
