//! Generators that own the way of their items.

use core::future::Future;

use super::{Emitting, Generated};

#[cfg(not(feature = "std"))]
type Way<T> = alloc::sync::Arc<super::Slot<T>>;
#[cfg(feature = "std")]
type Way<T> = super::thread::ByThread<T>;

/// Hands the items of a [generator](flow()) to its consumer: `y.emit(item).await`.
pub type Emitter<T> = Emitting<Way<T>>;

/// The flow of [`flow()`].
pub type Generator<T, Fut> = Generated<Way<T>, Fut>;

/// The flow of [`try_flow()`].
pub type TryGenerator<T, E, Fut> = Generated<Way<Result<T, E>>, Fut>;

#[cfg(feature = "std")]
use super::thread::sides;

/// The two sides of a way that they own together.
#[cfg(not(feature = "std"))]
fn sides<T>() -> (Emitter<T>, super::Taker<Way<T>>) {
    let slot = Way::new(super::Slot::new());
    (Emitting::new(slot.clone()), super::Taker::new(slot))
}

/// A flow from async code that emits its items: the form of [`flow!`](crate::flow!) without a macro. Without an allocator:
/// [`flow_in`](crate::flow_in).
///
/// `body` is called at once and runs when the flow is consumed. It may borrow, like any closure; `async move |y| ..` takes what it
/// uses. Each `y.emit(item).await` returns when the consumer asks for the next item. The flow ends when the body returns.
///
/// Costs no allocation, neither for the flow nor for an item, since an item passes through the stack of whoever polls; without `std`, one for
/// the flow. An item of a loop costs 35 instructions here, 26 in `flow!`, and 27 in `async-stream` (`cargo xtask bench`).
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
pub fn flow<T, B, Fut>(body: B) -> Generator<T, Fut>
where
    B: FnOnce(Emitter<T>) -> Fut,
    Fut: Future<Output = ()>,
{
    let (emitter, taker) = sides();
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
pub fn try_flow<T, E, B, Fut>(body: B) -> TryGenerator<T, E, Fut>
where
    B: FnOnce(Emitter<Result<T, E>>) -> Fut,
    Fut: Future<Output = Result<(), E>>,
{
    let (emitter, taker) = sides();
    Generated::new(taker, body(emitter))
}
