//! A waker for each of several things that one task polls, and the list of those that were woken.
//!
//! The same blocks and the same list as those of the children of a scope, without the children: what is to be polled lies
//! elsewhere, and a block only says which of it was woken. Its future is never polled, and has nothing to drop, so that it does not
//! matter on which thread the last count of a block is given back.

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::task::Waker;

use super::room::{Listed, Room};
use super::slot::Slot;

/// As many bells as there are things; each has its number.
///
/// Whoever polls them registers the task, looks at the [`batch`](Self::batch), and goes to [sleep](Self::sleep).
pub(crate) struct Bells {
    room: Arc<Room>,
    bells: Box<[Slot]>,
}

impl Bells {
    /// Costs one small allocation for each bell, and one for the list.
    pub(crate) fn new(count: usize) -> Self {
        let room = Arc::new(Room::new());
        let bell = |number| {
            let bell = Slot::new(&room, pending::<()>());
            // SAFETY: whoever owns the bells is the crowd of their room: it alone takes what is listed there.
            unsafe { bell.seat() }.take(number);
            bell
        };
        let bells = (0..count).map(bell).collect();
        Self { room, bells }
    }

    /// The task that polls is to be woken when a bell rings while it is asleep.
    pub(crate) fn register(&self, waker: &Waker) {
        self.room.register(waker);
    }

    /// A waker that rings a bell.
    pub(crate) fn waker(&self, number: usize) -> Waker {
        self.bells[number].waker()
    }

    /// The numbers of those that have rung, first rung first. One that rings from now on is in the next batch.
    pub(crate) fn batch(&mut self) -> Batch {
        Batch(self.room.take())
    }

    /// Lets the next bell wake the task; `false` if one has rung already.
    pub(crate) fn sleep(&self) -> bool {
        self.room.sleep()
    }
}

impl Drop for Bells {
    /// Whoever rings from now on is turned away.
    fn drop(&mut self) {
        self.room.close().for_each(drop);
    }
}

impl fmt::Debug for Bells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bells").field(&self.bells.len()).finish()
    }
}

/// See [`Bells::batch`].
pub(crate) struct Batch(Listed);

impl Iterator for Batch {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bell = self.0.next()?;
        bell.unlist();
        // SAFETY: as in `Bells::new`.
        unsafe { bell.seat() }.key()
    }
}

impl Drop for Batch {
    /// A batch that a panic interrupts leaks nothing.
    fn drop(&mut self) {
        self.by_ref().for_each(drop);
    }
}
