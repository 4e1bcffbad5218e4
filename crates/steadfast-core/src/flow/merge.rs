//! Two flows as one.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::Flow;
use super::arm::Arm;
use super::contract::Contract;

pin_project! {
    /// The flow of [`Flow::merge`].
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Merge<A: Flow, B: Flow<Item = A::Item>> {
        #[pin]
        left: Arm<A, A::Item>,
        #[pin]
        right: Arm<B, A::Item>,
        right_first: bool,
        contract: Contract,
    }
}

impl<A: Flow, B: Flow<Item = A::Item>> Merge<A, B> {
    pub(super) fn new(left: A, right: B) -> Self {
        Self {
            left: Arm::new(left),
            right: Arm::new(right),
            right_first: false,
            contract: Contract::new(),
        }
    }
}

impl<A: Flow, B: Flow<Item = A::Item>> Flow for Merge<A, B> {
    type Item = A::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<A::Item>> {
        let mut this = self.project();
        for _ in 0..2 {
            let right = *this.right_first;
            let answer = if right {
                this.right.as_mut().poll_take(cx)
            } else {
                this.left.as_mut().poll_take(cx)
            };
            // The other side is first to be asked, now and next time.
            *this.right_first = !right;
            if let Poll::Ready(Some(item)) = answer {
                return this.contract.answer(Poll::Ready(Some(item)));
            }
        }
        if this.left.as_mut().is_over() && this.right.as_mut().is_over() {
            return this.contract.answer(Poll::Ready(None));
        }
        this.contract.answer(Poll::Pending)
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        this.contract.check();
        this.left.as_mut().progress(cx);
        this.right.as_mut().progress(cx);
        if this.left.as_mut().is_moving() || this.right.as_mut().is_moving() {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

impl<A: Flow, B: Flow<Item = A::Item>> fmt::Debug for Merge<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merge").finish_non_exhaustive()
    }
}
