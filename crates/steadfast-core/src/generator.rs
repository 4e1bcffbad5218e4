//! Flows written as async code.
//!
//! A generator is a future that hands out items on its way. Asked for an item, it runs until its next `yield`. While the item is
//! handled, it stands there, but is still polled: the `yield` stays pending, and so the loops around it keep their flows moving.
//! This is why a generator over a buffered flow does not starve it.

mod slot;

#[cfg(feature = "alloc")]
use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::ops::Deref;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

pub use self::slot::{Emit, Emitting, Slot, Taker};
use crate::flow::{Contract, Flow};

/// Hands the items of a [generator](flow()) to its consumer: `y.emit(item).await`.
#[cfg(feature = "alloc")]
pub type Emitter<T> = Emitting<Arc<Slot<T>>>;

/// A flow from async code that emits its items: the form of [`flow!`](crate::flow!) without a macro. Without an allocator:
/// [`flow_in`].
///
/// `body` is called at once and runs when the flow is consumed. It may borrow, like any closure; `async move |y| ..` takes what it
/// uses. Each `y.emit(item).await` returns when the consumer asks for the next item. The flow ends when the body returns.
///
/// Costs one allocation for the flow, none for an item.
///
/// # Panics
///
/// A panic of the body goes on to the consumer.
///
/// # Cancel safety
///
/// A flow that is dropped at an `emit` or at another await drops what the body holds, like any future. An
/// [`AsyncDropGuard`](crate::AsyncDropGuard) among it is cleaned up by the task.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::{Flow, flow};
///
/// let mut log = Vec::new();
/// let numbers = flow(async |mut y| {
///     for n in 1..=3 {
///         log.push(n);
///         y.emit(n * 10).await;
///     }
/// });
/// let items: Vec<u32> = numbers.take(2).collect().await;
/// assert_eq!((items, log), (vec![10, 20], vec![1, 2]));
/// # }).expect("it does not wait");
/// ```
#[cfg(feature = "alloc")]
pub fn flow<T, B, Fut>(body: B) -> Generator<T, Fut>
where
    B: FnOnce(Emitter<T>) -> Fut,
    Fut: Future<Output = ()>,
{
    let (emitter, taker) = slot::shared();
    Generated::new(taker, body(emitter))
}

/// A flow from async code that emits values and may fail: the form of [`try_flow!`](crate::try_flow!) without a macro.
///
/// As [`flow()`]; an error that `body` returns is the last item.
///
/// # Panics
///
/// As [`flow()`].
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::{Flow, try_flow};
///
/// let numbers = try_flow(async |mut y| {
///     for word in ["1", "2", "three"] {
///         y.emit(Ok(word.parse::<u32>()?)).await;
///     }
///     Ok(())
/// });
/// let items: Vec<Result<u32, std::num::ParseIntError>> = numbers.collect().await;
/// assert_eq!(items[..2], [Ok(1), Ok(2)]);
/// assert!(items[2].is_err());
/// # }).expect("it does not wait");
/// ```
#[cfg(feature = "alloc")]
pub fn try_flow<T, E, B, Fut>(body: B) -> TryGenerator<T, E, Fut>
where
    B: FnOnce(Emitter<Result<T, E>>) -> Fut,
    Fut: Future<Output = Result<(), E>>,
{
    let (emitter, taker) = slot::shared();
    Generated::new(taker, body(emitter))
}

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

/// The flow of [`flow()`].
#[cfg(feature = "alloc")]
pub type Generator<T, Fut> = Generated<Arc<Slot<T>>, Fut>;

/// The flow of [`try_flow()`].
#[cfg(feature = "alloc")]
pub type TryGenerator<T, E, Fut> = Generated<Arc<Slot<Result<T, E>>>, Fut>;

pin_project! {
    /// A flow whose items a future puts into a slot.
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Generated<S, Fut> {
        // Before the slot, so that what the body holds is dropped first.
        #[pin]
        body: Option<Fut>,
        taker: Taker<S>,
        contract: Contract,
    }
}

impl<S, Fut> Generated<S, Fut> {
    /// The flow of what `body` emits into the slot of `taker`.
    pub fn new(taker: Taker<S>, body: Fut) -> Self {
        Self {
            body: Some(body),
            taker,
            contract: Contract::default(),
        }
    }
}

impl<T, S: Deref<Target = Slot<T>>, Fut: Future> Generated<S, Fut> {
    /// Polls the body, and drops it at its end.
    fn run(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Option<Fut::Output> {
        let mut this = self.project();
        let body = this.body.as_mut().as_pin_mut()?;
        let Poll::Ready(output) = this.taker.polled(|| body.poll(cx)) else {
            return None;
        };
        this.body.set(None);
        Some(output)
    }
}

impl<T, S: Deref<Target = Slot<T>>, Fut: Future<Output: Last<T>>> Flow for Generated<S, Fut> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.as_mut().project().taker.resume();
        let output = self.as_mut().run(cx);
        let this = self.project();
        let item = match (this.taker.take(), output) {
            (Some(item), None) => Poll::Ready(Some(item)),
            (None, Some(output)) => Poll::Ready(output.last()),
            (None, None) if this.body.is_some() => Poll::Pending,
            (None, None) => Poll::Ready(None),
            (Some(_), Some(_)) => panic!("{UNFINISHED}"),
        };
        this.contract.answer(item)
    }

    fn poll_progress(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.contract.check();
        // It stands at its `yield`, which stays pending, and what surrounds that moves on.
        assert!(self.as_mut().run(cx).is_none(), "{UNFINISHED}");
        if self.body.is_none() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

const UNFINISHED: &str = "a generator returned without having awaited its last `emit` to its end: await it, and drop it nowhere";

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

impl<S, Fut> fmt::Debug for Generated<S, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generated")
            .field("over", &self.body.is_none())
            .finish_non_exhaustive()
    }
}
