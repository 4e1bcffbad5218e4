//! Two flows, item by item.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::Flow;
use super::arm::Arm;

pin_project! {
    /// The flow of [`Flow::zip`].
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Zip<A: Flow, B: Flow> {
        #[pin]
        left: Arm<A, A::Item>,
        #[pin]
        right: Arm<B, B::Item>,
        over: bool,
    }
}

impl<A: Flow, B: Flow> Zip<A, B> {
    pub(super) fn new(left: A, right: B) -> Self {
        Self {
            left: Arm::new(left),
            right: Arm::new(right),
            over: false,
        }
    }
}

impl<A: Flow, B: Flow> Flow for Zip<A, B> {
    type Item = (A::Item, B::Item);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        if *this.over {
            return Poll::Ready(None);
        }
        // A side that waits for its partner moves on. Once the left one has ended, the right one keeps its next item.
        this.left.as_mut().prefetch(cx);
        let over = this.left.as_mut().is_over() || {
            this.right.as_mut().prefetch(cx);
            this.right.as_mut().is_over()
        };
        if over {
            *this.over = true;
            // Nobody takes an item without a partner.
            drop((this.left.as_mut().take(), this.right.as_mut().take()));
            this.left.close();
            this.right.close();
            return Poll::Ready(None);
        }
        if !this.left.as_mut().is_full() || !this.right.as_mut().is_full() {
            return Poll::Pending;
        }
        Poll::Ready(this.left.take().zip(this.right.take()))
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        this.left.as_mut().progress(cx);
        this.right.as_mut().progress(cx);
        if this.left.as_mut().is_moving() || this.right.as_mut().is_moving() {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

impl<A: Flow, B: Flow> fmt::Debug for Zip<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zip").finish_non_exhaustive()
    }
}
