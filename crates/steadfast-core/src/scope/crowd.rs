//! The children of a scope or of a group, polled one by one as they are woken.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::task::Waker;

use super::room::{Here, Room};
use super::slot::borrowed_waker;
use crate::nursery::{Enclosing, Entrant, Task, add};

/// Owns the futures of children. There is one for each room, and it stays with the future of the scope or of the group.
///
/// `K` says whether it may move between threads: as the children may.
pub(crate) struct Crowd<K> {
    room: Arc<Room>,
    kind: PhantomData<K>,
}

/// Children may move between threads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Movable(());

/// Children stay on the thread of the scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Staying(PhantomData<*const ()>);

/// What [`Crowd::poll_next`] has done.
pub(crate) enum Polled {
    Child,
    /// Nothing; it is the body's turn.
    Body,
    /// Nothing, for nobody has been woken.
    Nobody,
}

impl<K> Crowd<K> {
    /// The only crowd of a new room.
    pub(super) fn new() -> (Self, Arc<Room>) {
        let room = Room::new();
        let crowd = Self {
            room: Arc::clone(&room),
            kind: PhantomData,
        };
        (crowd, room)
    }

    /// One of which all children are light children of `nursery`. It counts as one of them in its room.
    pub(crate) fn attending(nursery: Arc<dyn Enclosing>) -> Self {
        let (crowd, room) = Self::new();
        // SAFETY: nobody else has the room yet, and so nobody else is inside.
        unsafe { room.hold(|| nursery) };
        // SAFETY: as above.
        unsafe { room.count_light_in() };
        crowd
    }

    pub(crate) const fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// Light children that have not ended, of a crowd that [attends](Self::attending).
    pub(crate) fn light(&self) -> u32 {
        self.room.light() - 1
    }

    /// What wakes the body.
    ///
    /// # Safety
    ///
    /// It is used while the crowd is there. Whoever keeps it longer clones it.
    pub(super) unsafe fn body_waker(&self) -> ManuallyDrop<Waker> {
        // SAFETY: we keep the room, of which the body's header is a part.
        unsafe { borrowed_waker(self.room.body()) }
    }

    /// Makes this thread the inside of the room until the guard goes.
    pub(crate) fn enter(&mut self) -> Here {
        // SAFETY: there is one crowd for each room, and we have it to ourselves. Whoever calls this keeps it until the guard goes.
        unsafe { self.room.enter() }
    }

    pub(crate) fn begin_poll(&mut self) {
        // SAFETY: as in `enter`.
        unsafe { self.room.begin_poll() };
    }

    /// Children that have not ended.
    pub(crate) fn len(&mut self) -> usize {
        // SAFETY: as in `enter`.
        unsafe { self.room.inside() }.taken()
    }

    /// Polls the child that was woken first, if there is one.
    pub(crate) fn poll_next(&mut self) -> Polled {
        // SAFETY: as in `enter`.
        let Some(header) = (unsafe { self.room.next() }) else {
            return Polled::Nobody;
        };
        if header == self.room.body() {
            // SAFETY: as in `enter`.
            unsafe { self.room.let_in() };
            return Polled::Body;
        }
        // SAFETY: as in `enter`; children cannot reach the crowd, which polls one at a time.
        unsafe { self.room.poll(header) };
        Polled::Child
    }

    /// Whether there is somebody to be polled, as far as the inside knows.
    pub(crate) fn is_anybody_awake(&mut self) -> bool {
        // SAFETY: as in `enter`.
        unsafe { self.room.inside() }.is_anybody_awake()
    }

    /// Goes to sleep, unless somebody has been woken.
    pub(crate) fn sleep(&self, waker: &Waker) -> bool {
        self.room.sleep(waker)
    }
}

impl Crowd<Movable> {
    /// Takes a light child in, to be polled for the first time, or hands it back if there are no blocks for such ones.
    ///
    /// # Safety
    ///
    /// It [attends](Self::attending) the nursery of such children.
    #[inline]
    pub(crate) unsafe fn add<T: Task>(
        &mut self,
        entrant: Entrant<T::Sink>,
        work: T::Work,
    ) -> Result<(), T::Work>
    where
        T::Work: Send + 'static,
        T::Sink: Send + 'static,
    {
        // SAFETY: as in `enter`; the work and the sink live for ever and may be on any thread, as may what else goes into a block. The
        // nursery is the caller's promise.
        unsafe { add::<T>(&self.room, entrant, work) }
    }
}

impl<K> Drop for Crowd<K> {
    fn drop(&mut self) {
        // SAFETY: as in `enter`.
        let is_empty = unsafe { self.room.close_empty() };
        // The most frequent end: everybody has gone, so that there is nobody to be turned away. Wakers first, who reach the room without
        // having a count of it; once there are none, nobody can make one but by the crowd.
        let is_forgotten = is_empty
            && !self.room.has_body_wakers()
            && Arc::get_mut(&mut self.room).is_some_and(|room| !room.has_newcomers());
        if is_forgotten {
            return;
        }
        // SAFETY: as in `enter`; we have a count of the room.
        unsafe { self.room.close() };
    }
}
