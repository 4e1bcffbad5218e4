//! Adapters that move the end of a flow.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::Flow;

pin_project! {
    /// The flow of [`Flow::take`].
    #[derive(Debug)]
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Take<F> {
        #[pin]
        flow: Option<F>,
        left: usize,
    }
}

impl<F> Take<F> {
    pub(super) fn new(flow: F, count: usize) -> Self {
        Self {
            flow: (count > 0).then_some(flow),
            left: count,
        }
    }
}

impl<F: Flow> Flow for Take<F> {
    type Item = F::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Item>> {
        let mut this = self.project();
        let Some(flow) = this.flow.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        let item = ready!(flow.poll_next(cx));
        *this.left -= 1;
        // What the source has begun beyond the last item is nobody's.
        if item.is_none() || *this.left == 0 {
            this.flow.set(None);
        }
        Poll::Ready(item)
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.project().flow.as_pin_mut() {
            Some(flow) => flow.poll_progress(cx),
            None => Poll::Ready(()),
        }
    }
}

pin_project! {
    /// The flow of [`Flow::take_while`].
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct TakeWhile<F, P> {
        #[pin]
        flow: Option<F>,
        keep: P,
    }
}

impl<F, P> TakeWhile<F, P> {
    pub(super) fn new(flow: F, keep: P) -> Self {
        Self {
            flow: Some(flow),
            keep,
        }
    }
}

impl<F: Flow, P: FnMut(&F::Item) -> bool> Flow for TakeWhile<F, P> {
    type Item = F::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Item>> {
        let mut this = self.project();
        let Some(flow) = this.flow.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        let item = ready!(flow.poll_next(cx)).filter(|item| (this.keep)(item));
        if item.is_none() {
            this.flow.set(None);
        }
        Poll::Ready(item)
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.project().flow.as_pin_mut() {
            Some(flow) => flow.poll_progress(cx),
            None => Poll::Ready(()),
        }
    }
}

impl<F: fmt::Debug, P> fmt::Debug for TakeWhile<F, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TakeWhile")
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The flow of [`Flow::chain`].
    #[derive(Debug)]
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Chain<F, N> {
        #[pin]
        first: Option<F>,
        #[pin]
        second: Option<N>,
    }
}

impl<F, N> Chain<F, N> {
    pub(super) fn new(first: F, second: N) -> Self {
        Self {
            first: Some(first),
            second: Some(second),
        }
    }
}

impl<F: Flow, N: Flow<Item = F::Item>> Flow for Chain<F, N> {
    type Item = F::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Item>> {
        let mut this = self.project();
        if let Some(first) = this.first.as_mut().as_pin_mut() {
            let item = ready!(first.poll_next(cx));
            if item.is_some() {
                return Poll::Ready(item);
            }
            this.first.set(None);
        }
        let Some(second) = this.second.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        let item = ready!(second.poll_next(cx));
        if item.is_none() {
            this.second.set(None);
        }
        Poll::Ready(item)
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if let Some(first) = this.first.as_pin_mut() {
            return first.poll_progress(cx);
        }
        match this.second.as_pin_mut() {
            Some(second) => second.poll_progress(cx),
            None => Poll::Ready(()),
        }
    }
}
