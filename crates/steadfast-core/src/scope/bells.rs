//! A waker for each of several things that one task polls, and the list of those that were woken.
//!
//! The same blocks and the same list as those of the children of a scope, without the children: what is to be polled lies
//! elsewhere, and a block only says which of it was woken. Its future is never polled, and has nothing to drop, so that it does not
//! matter on which thread the last count of a block is given back.

use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::{Context, Waker};

use super::room::Room;
use super::slot::{self, Header};

/// As many bells as there are things; each has its number.
///
/// Whoever polls them begins a [`batch`](Self::batch), takes what is in it, and goes to [sleep](Self::sleep).
pub(crate) struct Bells {
    room: Arc<Room>,
    bells: Box<[NonNull<Header>]>,
}

// SAFETY: the blocks are those of the room, and stay there until that is closed; what is done with them through a shared reference may
// be done by any thread.
unsafe impl Send for Bells {}
// SAFETY: as above.
unsafe impl Sync for Bells {}

impl Bells {
    /// Costs a small part of an allocation for each bell.
    pub(crate) fn new(count: usize) -> Self {
        let room = Room::new();
        let bell = |number: usize| {
            // SAFETY: nobody else has the room yet; it is open.
            let bell = unsafe { room.reserve::<()>() }.expect("an open room takes what is small");
            // SAFETY: the block is alive while the room is.
            unsafe { bell.as_ref() }.number.set(number as u64);
            bell
        };
        let bells = (0..count).map(bell).collect();
        Self { room, bells }
    }

    /// Polls with a waker that rings a bell. Whoever keeps the waker clones it.
    pub(crate) fn poll_with<T>(
        &self,
        number: usize,
        poll: impl FnOnce(&mut Context<'_>) -> T,
    ) -> T {
        // SAFETY: the block is alive while the room is, which we borrow.
        let waker = unsafe { slot::borrowed_waker(self.bells[number]) };
        poll(&mut Context::from_waker(&waker))
    }

    /// Begins a batch: those that have rung so far. One that rings from now on is in the next batch.
    pub(crate) fn batch(&mut self) {
        // SAFETY: whoever has the bells is the crowd of their room, and has it to itself.
        unsafe { self.room.take() };
    }

    /// The number of the next one in the batch, first rung first.
    pub(crate) fn next_of_batch(&mut self) -> Option<usize> {
        // SAFETY: as in `batch`.
        let header = unsafe { self.room.inside() }.next_queued()?;
        // SAFETY: the block is alive while the room is.
        let number = unsafe { header.as_ref() }.number.get();
        usize::try_from(number).ok()
    }

    /// Lets the next bell wake the task with `waker`; `false` if one has rung already.
    pub(crate) fn sleep(&self, waker: &Waker) -> bool {
        self.room.sleep(waker)
    }
}

impl Drop for Bells {
    /// Whoever rings from now on is turned away.
    fn drop(&mut self) {
        for bell in &self.bells {
            // SAFETY: as in `batch`; each bell was reserved once, and is used no more.
            unsafe { self.room.end(*bell) };
        }
        // SAFETY: as in `batch`; we have a count of the room.
        unsafe { self.room.close() };
    }
}

impl fmt::Debug for Bells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bells").field(&self.bells.len()).finish()
    }
}
