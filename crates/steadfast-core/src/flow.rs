//! Flows: streams whose work in progress keeps moving while their consumer is busy.
//!
//! A `Stream` moves only while somebody asks it for an item. Between two questions, while the body of the loop awaits, all that
//! it has begun stands still: requests that it buffers time out, permits and locks that it holds are held on. A [`Flow`] has a
//! second method for that time, [`poll_progress`](Flow::poll_progress), and whoever consumes a flow calls it. There is no
//! `next()`: it would be the way to forget it.
//!
//! # The contract
//!
//! 1. After `poll_next` has given an item, its caller calls `poll_next` or `poll_progress` promptly, and again whenever the task
//!    is woken, or drops the flow.
//! 2. After `poll_next` has returned `Pending`, its caller calls `poll_next` again when woken, and not `poll_progress`. Otherwise
//!    each simple adapter would need a buffer.
//! 3. After the end, the flow is dropped promptly. The flows of this module answer with the end again.
//! 4. `poll_progress` returns `Ready` when nothing moves until the next `poll_next`; calling it again changes nothing then. When it
//!    returns `Pending`, it has seen to it that the task is woken.
//!
//! Flows that would go wrong otherwise check rule 2 in debug builds, and panic at its caller.

pub(crate) mod arm;
mod bridge;
#[cfg(feature = "alloc")]
mod chunks;
#[cfg(feature = "alloc")]
mod concurrent;
mod consume;
mod contract;
pub(crate) mod driver;
mod ends;
mod fixed;
mod make;
mod merge;
#[cfg(feature = "std")]
mod merge_all;
mod simple;
#[cfg(feature = "std")]
mod spawned;
mod then;
#[cfg(feature = "std")]
mod throttle;
mod zip;

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

pub use self::bridge::{AsStream, Prefetch, Serial, StreamBridge};
#[cfg(feature = "alloc")]
pub use self::chunks::Chunks;
#[cfg(feature = "alloc")]
pub use self::concurrent::Concurrent;
pub use self::consume::{Collect, Fold, ForEach, TryCollect, TryFold, TryForEach};
pub(crate) use self::contract::Contract;
pub use self::ends::{Chain, Take, TakeWhile};
pub use self::fixed::ConcurrentFixed;
pub use self::make::{Empty, Iter, Once, Repeated, empty, iter, once, repeated};
pub use self::merge::Merge;
#[cfg(feature = "std")]
pub use self::merge_all::{MergeAll, merge_all};
pub use self::simple::{Enumerate, Filter, FilterMap, Inspect, Map, MapErr, MapOk};
#[cfg(feature = "std")]
pub use self::spawned::Children;
pub use self::then::Then;
#[cfg(feature = "std")]
pub use self::throttle::{Throttle, throttle};
pub use self::zip::Zip;

/// A source of items that arrive over time, and whose work in progress moves on while the last item is handled.
///
/// Consume one with [`for_await!`](crate::for_await), with [`merge!`](crate::merge) beside others, or whole with
/// [`for_each`](Self::for_each), [`fold`](Self::fold) or [`collect`](Self::collect): each of them keeps the flow moving while your
/// code awaits. Make one from a `Stream` with [`StreamBridge`], or write it as a [generator](crate::flow()).
///
/// The contract between the two methods is at the head of [the module](mod@crate::flow); adapters pass both on.
///
/// # Cancel safety
///
/// Dropping a flow drops the work that it has begun. A consumer owns its flow, so that happens when the consumer is dropped.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::{Flow, flow};
///
/// let squares: Vec<u32> = flow::iter(1..4).map(|n| async move { n * n }).concurrent(2).collect().await;
/// assert_eq!(squares, [1, 4, 9]);
/// # }).expect("it does not wait");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Flow`",
    label = "this is not a flow",
    note = "a future is a flow of one item as `once(future)`; an operation to be repeated is `repeated(|| operation())`, as in `repeated(|| receiver.recv())`",
    note = "an iterator is a flow as `flow::iter(items)`",
    note = "a `Stream` is a flow as `stream.assume_serial()` if it does nothing between items, else as `stream.prefetch()`",
    note = "a flow that is only borrowed would stand still after the loop: pass the flow itself"
)]
#[must_use = "flows do nothing unless they are consumed"]
pub trait Flow {
    /// What arrives.
    type Item;

    /// The next item, or `None` at the end.
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>;

    /// Moves the work in progress on while nobody asks for an item: `Ready` when nothing is left to move until the next
    /// [`poll_next`](Self::poll_next).
    ///
    /// Required, because a silent default is how buffers starve: a flow that has nothing in progress returns `Ready(())`, an
    /// adapter asks what is inside of it.
    ///
    /// # Panics
    ///
    /// In debug builds, flows that have work in progress panic at the caller if `poll_next` has returned `Pending` last.
    #[track_caller]
    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;

    /// Changes each item.
    fn map<T, M: FnMut(Self::Item) -> T>(self, change: M) -> Map<Self, M>
    where
        Self: Sized,
    {
        Map::new(self, change)
    }

    /// Leaves out the items that `keep` refuses. Others have their turn after 128 of them in a row.
    fn filter<P: FnMut(&Self::Item) -> bool>(self, keep: P) -> Filter<Self, P>
    where
        Self: Sized,
    {
        Filter::new(self, keep)
    }

    /// Changes each item, and leaves out those that become `None`. Others have their turn after 128 of these in a row.
    fn filter_map<T, M: FnMut(Self::Item) -> Option<T>>(self, change: M) -> FilterMap<Self, M>
    where
        Self: Sized,
    {
        FilterMap::new(self, change)
    }

    /// Changes each item by a future, one at a time. The source moves on meanwhile. For several at a time:
    /// `map(..).concurrent(n)`.
    fn then<M: FnMut(Self::Item) -> Fut, Fut: Future>(self, change: M) -> Then<Self, M, Fut>
    where
        Self: Sized,
    {
        Then::new(self, change)
    }

    /// The first `count` items. The source is dropped with the last of them.
    fn take(self, count: usize) -> Take<Self>
    where
        Self: Sized,
    {
        Take::new(self, count)
    }

    /// The items before the first that `keep` refuses, which is dropped.
    fn take_while<P: FnMut(&Self::Item) -> bool>(self, keep: P) -> TakeWhile<Self, P>
    where
        Self: Sized,
    {
        TakeWhile::new(self, keep)
    }

    /// All items of this flow, then all of `next`, which is not polled before.
    fn chain<N: Flow<Item = Self::Item>>(self, next: N) -> Chain<Self, N>
    where
        Self: Sized,
    {
        Chain::new(self, next)
    }

    /// Pairs of this flow's items and of those of `other`; ends with the shorter. Of each at most one item waits for its partner,
    /// and is dropped if none comes: of `other`, only one that came while this flow was still waiting for its own. Both flows are
    /// dropped at the end.
    fn zip<O: Flow>(self, other: O) -> Zip<Self, O>
    where
        Self: Sized,
    {
        Zip::new(self, other)
    }

    /// The items with their numbers, from 0.
    fn enumerate(self) -> Enumerate<Self>
    where
        Self: Sized,
    {
        Enumerate::new(self)
    }

    /// Shows each item to `look` as it passes.
    fn inspect<L: FnMut(&Self::Item)>(self, look: L) -> Inspect<Self, L>
    where
        Self: Sized,
    {
        Inspect::new(self, look)
    }

    /// Groups of `size` items; the last may be smaller. Others have their turn after 128 items of a group that were there at once.
    ///
    /// # Panics
    ///
    /// If `size` is 0.
    #[cfg(feature = "alloc")]
    #[track_caller]
    fn chunks(self, size: usize) -> Chunks<Self>
    where
        Self: Sized,
    {
        Chunks::new(self, size)
    }

    /// The items of both as they come, in turn when both have some. Each side waits with at most one item. For many flows of one
    /// kind: [`merge_all`].
    fn merge<O: Flow<Item = Self::Item>>(self, other: O) -> Merge<Self, O>
    where
        Self: Sized,
    {
        Merge::new(self, other)
    }

    /// Runs the futures that this flow gives, at most `limit` at a time, and gives their outputs as they come.
    ///
    /// Those that run and those that have finished, but whose output has not been taken, are together never more than `limit`.
    /// All that may start is started at once, before an output is handed out, and each is polled at once. They keep moving
    /// while an output is handled.
    ///
    /// Allocates once, room for `limit` futures; [`concurrent_fixed`](Self::concurrent_fixed) does without an allocator.
    ///
    /// # Panics
    ///
    /// If `limit` is 0. A panic of one of the futures goes on to the caller; the others are dropped with the flow.
    #[cfg(feature = "alloc")]
    #[track_caller]
    fn concurrent(self, limit: usize) -> Concurrent<Self>
    where
        Self: Sized,
        Self::Item: Future,
    {
        Concurrent::as_they_come(self, limit)
    }

    /// As [`concurrent`](Self::concurrent), with the outputs in the order of the futures.
    ///
    /// # Panics
    ///
    /// As [`concurrent`](Self::concurrent).
    #[cfg(feature = "alloc")]
    #[track_caller]
    fn concurrent_ordered(self, limit: usize) -> Concurrent<Self>
    where
        Self: Sized,
        Self::Item: Future,
    {
        Concurrent::in_order(self, limit)
    }

    /// As [`concurrent`](Self::concurrent), with room for `LIMIT` futures inside of the flow itself.
    ///
    /// Each wake polls each of the futures, so this is for small limits.
    fn concurrent_fixed<const LIMIT: usize>(self) -> ConcurrentFixed<Self, LIMIT>
    where
        Self: Sized,
        Self::Item: Future,
    {
        ConcurrentFixed::as_they_come(self)
    }

    /// As [`concurrent_fixed`](Self::concurrent_fixed), with the outputs in the order of the futures.
    fn concurrent_ordered_fixed<const LIMIT: usize>(self) -> ConcurrentFixed<Self, LIMIT>
    where
        Self: Sized,
        Self::Item: Future,
    {
        ConcurrentFixed::in_order(self)
    }

    /// Runs the futures that this flow gives as children of `nursery`, in parallel, at most `limit` at a time, and gives what their
    /// handles give, as they come.
    ///
    /// As [`concurrent`](Self::concurrent), but each future is a task of the runtime, that runs while nobody asks for an item and
    /// while a handler blocks its thread. Those that run and those that have finished, but whose value has not been taken, are
    /// together never more than `limit`. A future is asked of this flow when there is room for it, and is then started at once.
    ///
    /// They are children like those of [`spawn_with_handle`](crate::Nursery::spawn_with_handle): in a plain nursery a future returns
    /// whatever it likes, in one that returns errors `Result<T, E>`. A failure or a panic is the nursery's, which then asks all
    /// others to end; the item in its place is a [`ChildError`](crate::ChildError). A name for them is that of the handle:
    /// `spawned(&n.named("fetch"), 8)`.
    ///
    /// A request to the nursery does not end the flow: its children see the request at their marks, also those that are started
    /// later. A flow that is dropped leaves its children to the nursery, which waits for them; their values are dropped. To be done
    /// with them, ask the nursery to end.
    ///
    /// Allocates once, room for `limit` handles; and for each future what a child with a handle costs.
    ///
    /// # Panics
    ///
    /// If `limit` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use steadfast_core::{ChildError, Flow, Nursery, Runtime, flow};
    ///
    /// async fn lengths<E: Send + std::fmt::Debug + 'static, R: Runtime>(
    ///     n: &Nursery<E, R>,
    ///     pages: Vec<String>,
    /// ) -> Result<Vec<usize>, ChildError> {
    ///     let fetched = flow::iter(pages).map(|page| async move { Ok(page.len()) });
    ///     fetched.spawned(n, 8).try_collect().await
    /// }
    /// ```
    #[cfg(feature = "std")]
    #[track_caller]
    fn spawned<T, E, R>(
        self,
        nursery: &crate::Nursery<E, R>,
        limit: usize,
    ) -> Concurrent<Children<Self, E, R>>
    where
        Self:
            Flow<Item: Future<Output: crate::HandleOutput<E, Value = T>> + Send + 'static> + Sized,
        T: Send + 'static,
        E: Send + 'static,
        R: crate::Runtime,
    {
        Concurrent::as_they_come(Children::new(self, nursery.alike()), limit)
    }

    /// As [`spawned`](Self::spawned), with the values in the order of the futures.
    ///
    /// # Panics
    ///
    /// If `limit` is 0.
    #[cfg(feature = "std")]
    #[track_caller]
    fn spawned_ordered<T, E, R>(
        self,
        nursery: &crate::Nursery<E, R>,
        limit: usize,
    ) -> Concurrent<Children<Self, E, R>>
    where
        Self:
            Flow<Item: Future<Output: crate::HandleOutput<E, Value = T>> + Send + 'static> + Sized,
        T: Send + 'static,
        E: Send + 'static,
        R: crate::Runtime,
    {
        Concurrent::in_order(Children::new(self, nursery.alike()), limit)
    }

    /// Changes the value of each `Ok`.
    fn map_ok<T, E, U, M: FnMut(T) -> U>(self, change: M) -> MapOk<Self, M>
    where
        Self: Flow<Item = Result<T, E>> + Sized,
    {
        MapOk::new(self, change)
    }

    /// Changes the error of each `Err`.
    fn map_err<T, E, U, M: FnMut(E) -> U>(self, change: M) -> MapErr<Self, M>
    where
        Self: Flow<Item = Result<T, E>> + Sized,
    {
        MapErr::new(self, change)
    }

    /// Handles each item by a future, one at a time, while the flow moves on.
    ///
    /// Where the handler must change locals, leave early or use `?`, write [`for_await!`](crate::for_await).
    fn for_each<H: FnMut(Self::Item) -> Fut, Fut: Future<Output = ()>>(
        self,
        handle: H,
    ) -> ForEach<Self, H, Fut>
    where
        Self: Sized,
    {
        ForEach::new(self, handle)
    }

    /// [`for_each`](Self::for_each) until the first error, which drops the flow.
    fn try_for_each<H, Fut, E>(self, handle: H) -> TryForEach<Self, H, Fut>
    where
        Self: Sized,
        H: FnMut(Self::Item) -> Fut,
        Fut: Future<Output = Result<(), E>>,
    {
        TryForEach::new(self, handle)
    }

    /// Folds the items into one value, while the flow moves on.
    fn fold<A, S, Fut>(self, start: A, step: S) -> Fold<Self, A, S, Fut>
    where
        Self: Sized,
        S: FnMut(A, Self::Item) -> Fut,
        Fut: Future<Output = A>,
    {
        Fold::new(self, start, step)
    }

    /// [`fold`](Self::fold) until the first error, which drops the flow.
    fn try_fold<A, S, Fut, E>(self, start: A, step: S) -> TryFold<Self, A, S, Fut>
    where
        Self: Sized,
        S: FnMut(A, Self::Item) -> Fut,
        Fut: Future<Output = Result<A, E>>,
    {
        TryFold::new(self, start, step)
    }

    /// All items, in a collection.
    fn collect<C: Default + Extend<Self::Item>>(self) -> Collect<Self, C>
    where
        Self: Sized,
    {
        Collect::new(self)
    }

    /// The values of all items in a collection, or the first error, which drops the flow.
    fn try_collect<T, E, C: Default + Extend<T>>(self) -> TryCollect<Self, C>
    where
        Self: Flow<Item = Result<T, E>> + Sized,
    {
        TryCollect::new(self)
    }

    /// This flow as a `Stream`, for code that asks for one. **Not for a loop whose body awaits**: nothing moves meanwhile.
    // The name says that the result is for others to look at, not that it is free.
    #[allow(clippy::wrong_self_convention)]
    fn as_stream(self) -> AsStream<Self>
    where
        Self: Sized,
    {
        AsStream::new(self)
    }
}

/// A box owns its flow. There is no such implementation for `&mut F`: a flow that is borrowed by a loop would stand still after it.
#[cfg(feature = "alloc")]
impl<F: Flow + Unpin + ?Sized> Flow for alloc::boxed::Box<F> {
    type Item = F::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Item>> {
        Pin::new(&mut **self).poll_next(cx)
    }

    fn poll_progress(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut **self).poll_progress(cx)
    }
}

#[cfg(feature = "alloc")]
impl<F: Flow + ?Sized> Flow for Pin<alloc::boxed::Box<F>> {
    type Item = F::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Item>> {
        self.as_deref_mut().poll_next(cx)
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.as_deref_mut().poll_progress(cx)
    }
}
