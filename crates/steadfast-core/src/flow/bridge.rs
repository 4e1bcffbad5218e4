//! From streams and to streams.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::Flow;
use super::contract::Contract;

/// Makes flows of streams. Implemented for every [`Stream`].
///
/// A stream does not say whether it works between two items, so its user does:
///
/// | the stream | write |
/// |---|---|
/// | hands over what others put in: a channel, a socket, an iterator, an interval | [`assume_serial`](Self::assume_serial) |
/// | has one thing in progress when polled: a generator, `then` | [`prefetch`](Self::prefetch) |
/// | has several: `buffered(n)`, a set of futures, a merge of streams | none of the two: [`Flow::concurrent`], [`Flow::merge`] over their sources |
pub trait StreamBridge: Stream + Sized {
    /// This stream as a flow, on its user's word that **nothing is in progress between two items**.
    ///
    /// If the word is wrong, what is in progress stands still while an item is handled, as with any stream.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// use futures_util::stream;
    /// use steadfast_core::{Flow, flow::StreamBridge};
    ///
    /// let sum = stream::iter([1, 2, 3]).assume_serial().fold(0, async |sum, n| sum + n).await;
    /// assert_eq!(sum, 6);
    /// # }).expect("it does not wait");
    /// ```
    fn assume_serial(self) -> Serial<Self> {
        Serial {
            stream: self,
            over: false,
        }
    }

    /// This stream as a flow that fetches one item ahead while the last one is handled; never two. Whatever the stream has in
    /// progress moves on until then, **and stands still afterwards**: of several futures in a buffer, those behind the first may starve.
    ///
    /// The item that was fetched is dropped with the flow.
    fn prefetch(self) -> Prefetch<Self>
    where
        Self: Sized,
    {
        Prefetch {
            stream: Some(self),
            ahead: None,
            contract: Contract::new(),
        }
    }
}

impl<S: Stream> StreamBridge for S {}

pin_project! {
    /// The flow of [`StreamBridge::assume_serial`].
    #[derive(Debug)]
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Serial<S> {
        #[pin]
        stream: S,
        over: bool,
    }
}

impl<S: Stream> Flow for Serial<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        if *this.over {
            return Poll::Ready(None);
        }
        let answer = this.stream.poll_next(cx);
        *this.over = matches!(answer, Poll::Ready(None));
        answer
    }

    fn poll_progress(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

pin_project! {
    /// The flow of [`StreamBridge::prefetch`].
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Prefetch<S: Stream> {
        #[pin]
        stream: Option<S>,
        ahead: Option<S::Item>,
        contract: Contract,
    }
}

impl<S: Stream> Flow for Prefetch<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let fetched = self.as_mut().fetch(cx);
        let this = self.project();
        let answer = match this.ahead.take() {
            None if fetched.is_pending() => Poll::Pending,
            ahead => Poll::Ready(ahead),
        };
        this.contract.answer(answer)
    }

    fn poll_progress(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.as_mut().project().contract.check();
        self.fetch(cx)
    }
}

impl<S: Stream> Prefetch<S> {
    /// `Ready` with an item ahead, or at the end.
    fn fetch(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if this.ahead.is_some() {
            return Poll::Ready(());
        }
        let Some(stream) = this.stream.as_mut().as_pin_mut() else {
            return Poll::Ready(());
        };
        match stream.poll_next(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => this.stream.set(None),
            Poll::Ready(item) => *this.ahead = item,
        }
        Poll::Ready(())
    }
}

impl<S: Stream> fmt::Debug for Prefetch<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prefetch")
            .field("has_item", &self.ahead.is_some())
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The stream of [`Flow::as_stream`].
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct AsStream<F> {
        #[pin]
        flow: F,
    }
}

impl<F> AsStream<F> {
    pub(super) fn new(flow: F) -> Self {
        Self { flow }
    }
}

impl<F: Flow> Stream for AsStream<F> {
    type Item = F::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Item>> {
        self.project().flow.poll_next(cx)
    }
}
