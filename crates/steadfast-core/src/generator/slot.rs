//! The place through which a generator hands out its items.
//!
//! One side puts, the other takes; each side exists once. The state says whose the cell is:
//!
//! | state | means | entered by | whose the cell is |
//! |---|---|---|---|
//! | `OPEN` | the generator may run on | taker (`resume`), and at first | emitter's |
//! | `FULL` | an item is here | emitter (`put`) | taker's |
//! | `TAKEN` | the item is being handled; the generator stands at its `yield` | taker (`take`) | nobody's |
//!
//! Orderings: a side that hands the cell over stores the state with `Release`; a side that enters the cell has loaded the state
//! with `Acquire` and found it to be its own. Nothing else needs an order.

use core::cell::UnsafeCell;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::ops::Deref;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use core::task::{Context, Poll};

const OPEN: u8 = 0;
const FULL: u8 = 1;
const TAKEN: u8 = 2;

/// Room for one item between a generator and its flow.
pub struct Slot<T> {
    state: AtomicU8,
    /// The flow is being polled, so that what is put in will be seen.
    polled: AtomicBool,
    /// The operation that runs may be dropped half-way: its author said so.
    droppable: AtomicBool,
    item: UnsafeCell<Option<T>>,
}

// SAFETY: sharing a slot lets two threads, one with the emitter and one with the taker, reach the cell. By the table above at
// most one of them owns it at a time, and it changes hands by a `Release` store that the other side's `Acquire` load has read, so
// accesses are ordered. An item put on one thread may be taken or dropped on the other, which is what `T: Send` allows. No
// `&T` is ever given out, so `T: Sync` is not needed.
unsafe impl<T: Send> Sync for Slot<T> {}

impl<T> Slot<T> {
    /// An open slot.
    pub const fn new() -> Self {
        Self {
            state: AtomicU8::new(OPEN),
            polled: AtomicBool::new(false),
            droppable: AtomicBool::new(false),
            item: UnsafeCell::new(None),
        }
    }

    /// The two sides of a slot that stays where it is, and what the emitter notes of its operation.
    pub fn split(&mut self) -> (Emitting<&Self>, Taker<&Self>, &AtomicBool) {
        let slot = &*self;
        (Emitting(slot), Taker(slot), &slot.droppable)
    }

    fn is_open(&self) -> bool {
        self.state.load(Ordering::Acquire) == OPEN
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The two sides of a slot.
#[cfg(feature = "alloc")]
type Sides<S> = (Emitting<S>, Taker<S>);

/// The two sides of a slot that they own together.
#[cfg(feature = "alloc")]
pub(super) fn shared<T>() -> Sides<alloc::sync::Arc<Slot<T>>> {
    let slot = alloc::sync::Arc::new(Slot::new());
    (Emitting(slot.clone()), Taker(slot))
}

/// Hands items out of a generator.
///
/// It belongs to its generator: what is emitted outside of it is seen by nobody, and panics.
pub struct Emitting<S>(S);

impl<T, S: Deref<Target = Slot<T>>> Emitting<S> {
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
    /// Dropped before its first poll, it hands out nothing. Later the item has been handed out already.
    pub fn emit(&mut self, item: T) -> Emit<'_, T> {
        Emit {
            slot: &self.0,
            item: Some(item),
            _unique: PhantomData,
        }
    }

    /// Notes whether the operation that is about to run may be dropped half-way.
    pub fn note(&mut self, droppable: bool) {
        self.0.droppable.store(droppable, Ordering::Relaxed);
    }
}

/// The future of [`Emitter::emit`](crate::Emitter).
#[must_use = "futures do nothing unless polled"]
pub struct Emit<'a, T> {
    slot: &'a Slot<T>,
    item: Option<T>,
    /// The emitter is ours as long as this future lives.
    _unique: PhantomData<&'a mut ()>,
}

// The item is never pinned.
impl<T> Unpin for Emit<'_, T> {}

impl<T> Future for Emit<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        assert!(
            self.slot.polled.load(Ordering::Relaxed),
            "`emit` was awaited outside of its own flow, where nobody would see the item: await it in the body that the emitter \
             was given to, not in a task or another flow"
        );
        if !self.slot.is_open() {
            return Poll::Pending;
        }
        let Some(item) = self.item.take() else {
            return Poll::Ready(());
        };
        // SAFETY: the cell is the emitter's, for the state was `OPEN`, and only the taker's `resume`, which leaves the cell
        // alone, and our own `put` below end that. There is one emitter, and this future borrows it mutably, so nobody else acts
        // for that side; the reference ends with the statement.
        unsafe { *self.slot.item.get() = Some(item) };
        self.slot.state.store(FULL, Ordering::Release);
        Poll::Pending
    }
}

/// Takes the items, on the side of the flow.
pub struct Taker<S>(S);

impl<T, S: Deref<Target = Slot<T>>> Taker<S> {
    /// Lets the generator run on from its `yield`.
    pub(super) fn resume(&mut self) {
        if self.0.state.load(Ordering::Relaxed) == TAKEN {
            self.0.state.store(OPEN, Ordering::Release);
        }
    }

    /// The item, if one has been put.
    pub(super) fn take(&mut self) -> Option<T> {
        if self.0.state.load(Ordering::Acquire) != FULL {
            return None;
        }
        // SAFETY: the cell is the taker's, for the state is `FULL`, which only the store below ends. There is one taker, and we
        // borrow it mutably, so nobody else acts for that side; the reference ends with the statement.
        let item = unsafe { (*self.0.item.get()).take() };
        self.0.state.store(TAKEN, Ordering::Release);
        item
    }

    /// Runs `poll` with the emitter told that it is in its own flow.
    pub(super) fn polled<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        struct Leave<'a>(&'a AtomicBool);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Relaxed);
            }
        }
        self.0.polled.store(true, Ordering::Relaxed);
        let _leave = Leave(&self.0.polled);
        poll()
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Emitting<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Emit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emit").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Taker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taker").finish_non_exhaustive()
    }
}
