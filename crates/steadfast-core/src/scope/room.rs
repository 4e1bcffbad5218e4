//! Where the children of a scope lie while they wait for a poll: a list that any thread adds to, and one takes from.
//!
//! The list is a stack of blocks, taken as a whole (so that the ABA problem does not arise) and turned over, which makes it
//! first in, first out. Its head is a pointer to the newest block, or says in what state the scope is:
//!
//! | head | the scope | who adds |
//! |---|---|---|
//! | null | is being polled, or has been woken | adds |
//! | a block | as above, with children to poll | adds |
//! | `ASLEEP` | has found nothing to do | adds, and wakes the task |
//! | `CLOSED` | is gone | is turned away |
//!
//! So children that wake each other while the scope is polled do not wake the task, and no lock is taken.
//!
//! # Orderings
//!
//! Adding releases and taking acquires, so that a child's poll sees what came before its wake. Going to sleep releases the
//! task's waker, which was registered before; whoever finds the scope asleep acquires it.

use std::ptr::{NonNull, null_mut, without_provenance_mut};
use std::task::Waker;

use super::slot::{Header, Slot};
use crate::sync::AtomicWaker;
use crate::sync::atomic::{AtomicPtr, Ordering};

/// What a scope shares with its wakers.
pub(super) struct Room {
    head: AtomicPtr<Header>,
    task: AtomicWaker,
}

const ASLEEP: *mut Header = without_provenance_mut(1);
const CLOSED: *mut Header = without_provenance_mut(2);

impl Room {
    pub(super) fn new() -> Self {
        Self {
            head: AtomicPtr::new(null_mut()),
            task: AtomicWaker::new(),
        }
    }

    /// Adds a block to the list, with its count.
    ///
    /// # Errors
    ///
    /// The slot, if the scope is gone.
    pub(super) fn push(&self, slot: Slot) -> Result<(), Slot> {
        let header = slot.into_raw();
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            if head == CLOSED {
                // SAFETY: the header was taken out of the slot above, and is in no list.
                return Err(unsafe { Slot::from_raw(header) });
            }
            let next = if head == ASLEEP { null_mut() } else { head };
            // SAFETY: the count that the slot had is still ours, so that the block is alive.
            unsafe { header.as_ref() }
                .next
                .store(next, Ordering::Relaxed);
            match self.head.compare_exchange_weak(
                head,
                header.as_ptr(),
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => head = now,
            }
        }
        if head == ASLEEP {
            self.task.wake();
        }
        Ok(())
    }

    /// Whoever polls the scope is to be woken.
    pub(super) fn register(&self, waker: &Waker) {
        self.task.register(waker);
    }

    /// Takes all that is listed, oldest first. Wakes the scope up, if it was asleep.
    pub(super) fn take(&self) -> Listed {
        Listed::from_stack(self.head.swap(null_mut(), Ordering::Acquire))
    }

    /// Goes to sleep, unless something is listed.
    pub(super) fn sleep(&self) -> bool {
        self.head
            .compare_exchange(null_mut(), ASLEEP, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// Turns away whoever comes from now on, and takes what is listed.
    pub(super) fn close(&self) -> Listed {
        Listed::from_stack(self.head.swap(CLOSED, Ordering::Acquire))
    }
}

/// Blocks that were taken from the list of a room, oldest first.
///
/// Dropping it early leaks the rest, which is safe: a count that is given back may only be the last one if the future is gone.
pub(super) struct Listed(*mut Header);

impl Listed {
    pub(super) const fn nothing() -> Self {
        Self(null_mut())
    }

    fn from_stack(mut stack: *mut Header) -> Self {
        let mut turned = null_mut();
        while let Some(header) = block(stack) {
            // SAFETY: a block in the list is alive, for the list holds a count; the list is ours alone since the exchange.
            let next = &unsafe { header.as_ref() }.next;
            stack = next.load(Ordering::Relaxed);
            next.store(turned, Ordering::Relaxed);
            turned = header.as_ptr();
        }
        Self(turned)
    }
}

impl Iterator for Listed {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        let header = block(self.0)?;
        // SAFETY: as in `from_stack`.
        self.0 = unsafe { header.as_ref() }.next.load(Ordering::Relaxed);
        // SAFETY: the count is the one that `push` took out of a slot; it leaves the list here.
        Some(unsafe { Slot::from_raw(header) })
    }
}

/// The block that a head points to, if it does.
fn block(head: *mut Header) -> Option<NonNull<Header>> {
    NonNull::new(head).filter(|_| head != ASLEEP && head != CLOSED)
}
