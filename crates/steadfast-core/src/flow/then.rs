//! One future for each item.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::Flow;
use super::contract::Contract;

pin_project! {
    /// The flow of [`Flow::then`].
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Then<F, M, Fut> {
        #[pin]
        flow: F,
        change: M,
        #[pin]
        future: Option<Fut>,
        contract: Contract,
    }
}

impl<F, M, Fut> Then<F, M, Fut> {
    pub(super) fn new(flow: F, change: M) -> Self {
        Self {
            flow,
            change,
            future: None,
            contract: Contract::new(),
        }
    }
}

impl<F: Flow, M: FnMut(F::Item) -> Fut, Fut: Future> Flow for Then<F, M, Fut> {
    type Item = Fut::Output;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Fut::Output>> {
        let mut this = self.project();
        if this.future.as_mut().as_pin_mut().is_none() {
            // Whoever asks for progress now is told by the source.
            let Some(item) = ready!(this.flow.as_mut().poll_next(cx)) else {
                return Poll::Ready(None);
            };
            this.future.set(Some((this.change)(item)));
        }
        if let Some(future) = this.future.as_mut().as_pin_mut() {
            if let Poll::Ready(output) = future.poll(cx) {
                this.future.set(None);
                return this.contract.answer(Poll::Ready(Some(output)));
            }
        }
        // The source has given an item last: while that one is worked on, it moves on.
        let _ = this.flow.poll_progress(cx);
        this.contract.answer(Poll::Pending)
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        this.contract.check();
        this.flow.poll_progress(cx)
    }
}

impl<F: fmt::Debug, M, Fut> fmt::Debug for Then<F, M, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Then")
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}
