//! The children of a scope, polled one by one as they are woken.

use std::marker::PhantomData;
use std::sync::Arc;
use std::task::Waker;

use super::room::{Here, Room};

/// Owns the futures of a scope's children. There is one for each room, and it stays with the scope's future.
///
/// `K` says whether it may move between threads: as the children may.
pub(super) struct Crowd<K> {
    room: Arc<Room>,
    kind: PhantomData<K>,
}

/// Children may move between threads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Movable(());

/// Children stay on the thread of the scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Staying(PhantomData<*const ()>);

/// What [`Crowd::poll_next`] has done.
pub(super) enum Polled {
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

    /// Makes this thread the inside of the room until the guard goes.
    pub(super) fn enter(&mut self) -> Here {
        // SAFETY: there is one crowd for each room, and we have it to ourselves. Whoever calls this keeps it until the guard goes.
        unsafe { self.room.enter() }
    }

    pub(super) fn begin_poll(&mut self) {
        // SAFETY: as in `enter`.
        unsafe { self.room.begin_poll() };
    }

    /// Children that have not ended.
    pub(super) fn len(&mut self) -> usize {
        // SAFETY: as in `enter`.
        unsafe { self.room.inside() }.taken()
    }

    /// Polls the child that was woken first, if there is one.
    pub(super) fn poll_next(&mut self) -> Polled {
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

    /// Goes to sleep, unless somebody has been woken.
    pub(super) fn sleep(&self, waker: &Waker) -> bool {
        self.room.sleep(waker)
    }
}

impl<K> Drop for Crowd<K> {
    fn drop(&mut self) {
        // SAFETY: as in `enter`; we have a count of the room.
        unsafe { self.room.close() };
    }
}
