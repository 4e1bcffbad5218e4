//! Flows written as async code.
//!
//! A generator is a future that hands out items on its way. Asked for an item, it runs until its next `yield`. While the item is
//! handled, it stands there, but is still polled: the `yield` stays pending, and so the loops around it keep their flows moving.
//! This is why a generator over a buffered flow does not starve it.

#[cfg(feature = "alloc")]
mod owned;
mod passage;
pub mod slot;
#[cfg(feature = "std")]
pub mod thread;

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

#[cfg(feature = "alloc")]
pub use self::owned::{Emitter, Generator, TryGenerator, flow, try_flow};
pub use self::passage::{Emit, Emitting, Passage, Taker};
pub use self::slot::Slot;
use crate::flow::{Contract, Flow};

/// [`flow()`] without an allocator: the items pass through `slot`, which lies wherever its owner has put it.
///
/// A slot serves one flow at a time; what a flow before has left in it is dropped first.
///
/// # Panics
///
/// A panic of the body goes on to the consumer.
///
/// # Cancel safety
///
/// A flow that is dropped at an `emit` or at another await drops what the body holds, like any future.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::{Flow, Slot, flow_in};
///
/// let mut slot = Slot::new();
/// let numbers = flow_in(&mut slot, async |mut y| {
///     for n in 1..=3 {
///         y.emit(n).await;
///     }
/// });
/// let sum = numbers.fold(0, async |sum, n| sum + n).await;
/// assert_eq!(sum, 6);
/// # }).expect("it does not wait");
/// ```
pub fn flow_in<'a, T, B, Fut>(slot: &'a mut Slot<T>, body: B) -> Generated<&'a Slot<T>, Fut>
where
    B: FnOnce(Emitting<&'a Slot<T>>) -> Fut,
    Fut: Future<Output = ()>,
{
    *slot = Slot::new();
    let (emitter, taker, _) = slot.split();
    Generated::new(taker, body(emitter))
}

pin_project! {
    /// A flow whose items a future puts into a slot.
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Generated<S: Passage, Fut> {
        // Before the slot, so that what the body holds is dropped first.
        #[pin]
        body: Option<Fut>,
        taker: Taker<S>,
        // What the end of the body has added, if it came while the flow was not asked for an item.
        last: Option<S::Item>,
        contract: Contract,
    }
}

impl<S: Passage, Fut> Generated<S, Fut> {
    /// The flow of what `body` emits into the slot of `taker`.
    pub fn new(taker: Taker<S>, body: Fut) -> Self {
        Self {
            body: Some(body),
            taker,
            last: None,
            contract: Contract::new(),
        }
    }
}

impl<S: Passage, Fut: Future<Output: Last<S::Item>>> Flow for Generated<S, Fut> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return Poll::Ready(this.last.take());
        };
        let answer = match this.taker.0.ask(|| body.poll(cx)) {
            (Poll::Pending, Some(item)) => Poll::Ready(Some(item)),
            (Poll::Pending, None) => Poll::Pending,
            // With an item, it has given its last `yield` up, by a limit of time that stands around it.
            (Poll::Ready(output), item) => {
                this.body.set(None);
                *this.last = output.last();
                Poll::Ready(item.or_else(|| this.last.take()))
            }
        };
        this.contract.answer(answer)
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        this.contract.check();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return Poll::Ready(());
        };
        // It stands at its `yield`, which stays pending, and what surrounds that moves on. What surrounds it may also give it up, and
        // so come to the end.
        match this.taker.0.stand(|| body.poll(cx)) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(output) => {
                this.body.set(None);
                *this.last = output.last();
                Poll::Ready(())
            }
        }
    }
}

/// What the end of a body adds to its items.
pub trait Last<T> {
    /// The last item, if there is one.
    fn last(self) -> Option<T>;
}

impl<T> Last<T> for () {
    fn last(self) -> Option<T> {
        None
    }
}

impl<T, E> Last<Result<T, E>> for Result<(), E> {
    fn last(self) -> Option<Result<T, E>> {
        self.err().map(Err)
    }
}

impl<S: Passage, Fut> fmt::Debug for Generated<S, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generated")
            .field("over", &self.body.is_none())
            .finish_non_exhaustive()
    }
}
