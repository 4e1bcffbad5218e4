//! The way through a place in memory, which both sides know: the one that needs nothing of the system.
//!
//! The state says whose the cell is:
//!
//! | state | means | entered by | whose the cell is |
//! |---|---|---|---|
//! | `CLOSED` | the flow is not being polled: nobody would see an item | taker, and at first | nobody's |
//! | `OPEN` | the flow is asked for an item: the generator may run on, and put one | taker (`ask`) | emitter's |
//! | `FULL` | an item is here | emitter (`put`) | taker's |
//! | `STANDS` | the flow is polled for progress: the generator stays at its `yield` | taker (`stand`) | nobody's |
//!
//! Orderings: a side that hands the cell over stores the state with `Release`; a side that enters the cell has loaded the state
//! with `Acquire` and found it to be its own. Nothing else needs an order.
//!
//! The taker may leave `OPEN` while the emitter, on another thread where it does not belong, is about to put. The cell is still the
//! emitter's then, until it has stored `FULL`: the taker enters it only after having loaded `FULL`, and from then on until it has stored
//! another state the emitter does not.

use core::cell::UnsafeCell;
use core::fmt;
use core::future::Future;
use core::ops::Deref;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use core::task::{Context, Poll};

use super::passage::{Emitting, Passage, Taker, outside};

const CLOSED: u8 = 0;
const OPEN: u8 = 1;
const FULL: u8 = 2;
const STANDS: u8 = 3;

/// Room for one item between a generator and its flow.
pub struct Slot<T> {
    state: AtomicU8,
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
    /// An empty slot.
    pub const fn new() -> Self {
        Self {
            state: AtomicU8::new(CLOSED),
            droppable: AtomicBool::new(false),
            item: UnsafeCell::new(None),
        }
    }

    /// The two sides of a slot that stays where it is, and what the emitter notes of its operation.
    pub fn split(&mut self) -> (Emitting<&Self>, Taker<&Self>, &AtomicBool) {
        let slot = &*self;
        (Emitting::new(slot), Taker::new(slot), &slot.droppable)
    }

    fn is_asked(&self) -> bool {
        match self.state.load(Ordering::Acquire) {
            CLOSED => outside(),
            state => state == OPEN,
        }
    }

    /// Notes whether the operation that is about to run may be dropped half-way.
    pub(super) fn note(&self, droppable: bool) {
        self.droppable.store(droppable, Ordering::Relaxed);
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, S: Deref<Target = Slot<T>>> Passage for S {
    type Item = T;

    type Wait<'a>
        = Wait<'a, S>
    where
        Self: 'a;

    fn put(&self, item: T) -> Result<(), T> {
        if !Slot::is_asked(self) {
            return Err(item);
        }
        // SAFETY: the cell is the emitter's, for the state is `OPEN`, and the taker enters it in no other state than `FULL`, which
        // only the store below brings about. There is one emitter, and whoever calls this has borrowed it mutably, so nobody else
        // acts for that side; the reference ends with the statement.
        unsafe { *self.item.get() = Some(item) };
        self.state.store(FULL, Ordering::Release);
        Ok(())
    }

    fn is_asked(&self) -> bool {
        Slot::is_asked(self)
    }

    fn wait(&self) -> Wait<'_, S> {
        Wait(self)
    }

    fn ask<R>(&mut self, poll: impl FnOnce() -> R) -> (R, Option<T>) {
        self.state.store(OPEN, Ordering::Release);
        let _close = Close(&self.state);
        let polled = poll();
        if self.state.load(Ordering::Acquire) != FULL {
            return (polled, None);
        }
        // SAFETY: the cell is the taker's, for the state is `FULL`, which only a store of the taker ends. There is one taker, and we
        // borrow it mutably, so nobody else acts for that side; the reference ends with the statement.
        let item = unsafe { (*self.item.get()).take() };
        (polled, item)
    }

    fn stand<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        self.state.store(STANDS, Ordering::Release);
        let _close = Close(&self.state);
        poll()
    }
}

/// Waits until the flow asks for the next item.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Wait<'a, S>(&'a S);

impl<T, S: Deref<Target = Slot<T>>> Future for Wait<'_, S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.0.is_asked() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}

/// Closes a slot, also when its generator panics.
struct Close<'a>(&'a AtomicU8);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        self.0.store(CLOSED, Ordering::Release);
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}
