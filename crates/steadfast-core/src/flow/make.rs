//! Small flows to begin with.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::Flow;
use super::contract::Contract;
use crate::CancelSafe;

/// The items of `items`, which are always ready.
pub fn iter<I: IntoIterator>(items: I) -> Iter<I::IntoIter> {
    Iter {
        items: items.into_iter(),
    }
}

/// No item at all.
pub const fn empty<T>() -> Empty<T> {
    Empty { item: PhantomData }
}

/// The output of `future`, then the end.
///
/// # Cancel safety
///
/// As `future`.
pub const fn once<F: Future>(future: F) -> Once<F> {
    Once {
        future: Some(future),
        contract: Contract::new(),
    }
}

/// The outputs of one operation after the other, without an end. The next one begins when the last output has been handled.
///
/// In an arm of [`merge!`](crate::merge) the closure may also lend what it has captured, as in
/// `repeated(|| read_send(&mut file, &mut channel))`; the compiler allows that nowhere else. There it may also say what it gives, as in
/// `repeated(async || -> Result<Packet, Error> { .. })`. Control cannot leave the loop from the closure: its output can be a `Result`, and
/// `?` stands in the handler.
pub const fn repeated<O: FnMut() -> F, F: Future>(operation: O) -> Repeated<O, F> {
    Repeated {
        operation,
        future: None,
        contract: Contract::new(),
    }
}

/// The flow of [`iter`].
#[derive(Clone, Debug)]
#[must_use = "flows do nothing unless they are consumed"]
pub struct Iter<I> {
    items: I,
}

// The iterator is never pinned.
impl<I> Unpin for Iter<I> {}

impl<I: Iterator> Flow for Iter<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.items.next())
    }

    fn poll_progress(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// The flow of [`empty`].
#[derive(Debug)]
#[must_use = "flows do nothing unless they are consumed"]
pub struct Empty<T> {
    item: PhantomData<fn() -> T>,
}

impl<T> Flow for Empty<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(None)
    }

    fn poll_progress(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

pin_project! {
    /// The flow of [`once`].
    #[derive(Debug)]
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Once<F> {
        #[pin]
        future: Option<F>,
        contract: Contract,
    }
}

impl<F: CancelSafe> CancelSafe for Once<F> {}

impl<F: Future> Flow for Once<F> {
    type Item = F::Output;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        let answer = future.poll(cx).map(Some);
        if answer.is_ready() {
            this.future.set(None);
        }
        this.contract.answer(answer)
    }

    fn poll_progress(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.project().contract.check();
        Poll::Ready(())
    }
}

pin_project! {
    /// The flow of [`repeated`].
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Repeated<O, F> {
        operation: O,
        #[pin]
        future: Option<F>,
        contract: Contract,
    }
}

impl<O, F: CancelSafe> CancelSafe for Repeated<O, F> {}

impl<O: FnMut() -> F, F: Future> Flow for Repeated<O, F> {
    type Item = F::Output;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let mut this = self.project();
        if this.future.as_mut().as_pin_mut().is_none() {
            this.future.set(Some((this.operation)()));
        }
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        let answer = future.poll(cx).map(Some);
        if answer.is_ready() {
            this.future.set(None);
        }
        this.contract.answer(answer)
    }

    fn poll_progress(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.project().contract.check();
        Poll::Ready(())
    }
}

impl<O, F> fmt::Debug for Repeated<O, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repeated")
            .field("runs", &self.future.is_some())
            .finish_non_exhaustive()
    }
}
