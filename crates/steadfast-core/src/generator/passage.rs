//! The way of an item from a generator to its flow: what the two sides do, whatever the way.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::ops::Deref;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::Slot;

/// A way from a generator to its flow. Each side has one value of it, and there are two sides.
pub trait Passage {
    /// What goes this way.
    type Item;
    /// The future of [`wait`](Self::wait).
    type Wait<'a>: Future<Output = ()>
    where
        Self: 'a;

    /// The emitter's: puts `item` if the flow asks for one.
    ///
    /// # Errors
    ///
    /// The item, if it does not.
    fn put(&self, item: Self::Item) -> Result<(), Self::Item>;
    /// The emitter's: the flow asks for an item, and none has been put.
    fn is_asked(&self) -> bool;
    /// The emitter's, after `put`: waits until the flow asks for the next item.
    fn wait(&self) -> Self::Wait<'_>;
    /// The taker's: runs `poll`, in which the generator may run on from its `yield` and put an item, which is the second value.
    fn ask<R>(&mut self, poll: impl FnOnce() -> R) -> (R, Option<Self::Item>);
    /// The taker's: runs `poll`, in which the generator stays at its `yield`.
    fn stand<R>(&mut self, poll: impl FnOnce() -> R) -> R;
}

/// Hands items out of a generator.
///
/// It belongs to its generator: what is emitted outside of it is seen by nobody, and panics.
pub struct Emitting<S>(S);

impl<S> Emitting<S> {
    pub(super) fn new(passage: S) -> Self {
        Self(passage)
    }

    /// Hands `item` to the consumer, and waits until it asks for the next one.
    ///
    /// While it waits, what surrounds it moves on: the flows of loops that it stands in are kept moving.
    ///
    /// # Panics
    ///
    /// If it is awaited anywhere but in its own generator.
    ///
    /// # Cancel safety
    ///
    /// Dropped before its first poll, it hands out nothing. Later the item has been handed out already; unless the `emit` before this one
    /// was given up while its item was still being handled. Then this one has not had its turn, and keeps its item until then.
    #[inline]
    pub fn emit(&mut self, item: S::Item) -> Emit<'_, S>
    where
        S: Passage,
    {
        Emit {
            passage: &self.0,
            item: Some(item),
            _unique: PhantomData,
        }
    }
}

/// What a `yield` expands to: `put`, and `emit` for what could not be put at once; then `wait`.
impl<S: Passage> Emitting<S> {
    /// Hands `item` to the consumer if it asks for one.
    ///
    /// # Errors
    ///
    /// The item, if it does not.
    #[doc(hidden)]
    #[inline]
    pub fn put(&mut self, item: S::Item) -> Result<(), S::Item> {
        self.0.put(item)
    }

    /// After `put`: waits until the consumer asks for the next item.
    #[doc(hidden)]
    #[inline]
    pub fn wait(&mut self) -> S::Wait<'_> {
        self.0.wait()
    }
}

impl<T, S: Deref<Target = Slot<T>>> Emitting<S> {
    /// Notes whether the operation that is about to run may be dropped half-way.
    pub fn note(&mut self, droppable: bool) {
        self.0.note(droppable);
    }
}

/// The future of [`Emitter::emit`](crate::Emitter).
#[must_use = "futures do nothing unless polled"]
pub struct Emit<'a, S: Passage> {
    passage: &'a S,
    item: Option<S::Item>,
    /// The emitter is ours as long as this future lives.
    _unique: PhantomData<&'a mut ()>,
}

// The item is never pinned.
impl<S: Passage> Unpin for Emit<'_, S> {}

impl<S: Passage> Future for Emit<'_, S> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.item.take() {
            Some(item) => self.item = self.passage.put(item).err(),
            None if self.passage.is_asked() => return Poll::Ready(()),
            None => {}
        }
        Poll::Pending
    }
}

#[cold]
pub(super) fn outside() -> ! {
    panic!(
        "`emit` was awaited outside of its own flow, where nobody would see the item: await it in the body that the emitter was \
         given to, not in a task or another flow"
    )
}

/// Takes the items, on the side of the flow.
pub struct Taker<S>(pub(super) S);

impl<S> Taker<S> {
    pub(super) fn new(passage: S) -> Self {
        Self(passage)
    }
}

impl<S> fmt::Debug for Emitting<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter").finish_non_exhaustive()
    }
}

impl<S: Passage> fmt::Debug for Emit<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emit").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Taker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taker").finish_non_exhaustive()
    }
}
