//! The children of a scope, polled one by one as they are woken.

use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Poll, Waker};

use slab::Slab;

use super::room::{Listed, Room};
use super::slot::Slot;

/// Owns the futures of a scope's children. There is one for each room, and it stays with the scope's future.
///
/// `K` says whether it may move between threads: as the children may.
pub(super) struct Crowd<K> {
    room: Arc<Room>,
    /// Every child that has been seen and has not ended.
    table: Slab<Slot>,
    /// Taken from the list of the room, and not looked at yet.
    listed: Listed,
    /// Stands for the scope's body, so that its wakes come in by the same door.
    body: Slot,
    kind: PhantomData<K>,
}

/// Children may move between threads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Movable(());

/// Children stay on the thread of the scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Staying(PhantomData<*const ()>);

// SAFETY: the fields are safe to send by themselves, save the list, which is a list of slots. What the crowd does and other
// threads may not do is to poll and to drop futures. All of these went in through `Movable` scopes, which ask for `Send`
// (`Scope::put`), or through the `Spawn` of the room, which asks for it, too.
unsafe impl Send for Crowd<Movable> {}

/// What [`Crowd::poll_next`] has done.
pub(super) enum Polled {
    Child,
    /// Nothing; it is the body's turn.
    Body,
    /// Nothing, for nobody has been woken.
    Nobody,
}

impl<K> Crowd<K> {
    pub(super) fn new(room: Arc<Room>) -> Self {
        let body = Slot::new(&room, std::future::pending());
        Self {
            room,
            table: Slab::new(),
            listed: Listed::nothing(),
            body,
            kind: PhantomData,
        }
    }

    /// Wakes the body, and with it the scope.
    pub(super) fn body_waker(&self) -> Waker {
        self.body.waker()
    }

    /// Children that have begun and not ended.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// Polls the child that was woken first, if there is one.
    pub(super) fn poll_next(&mut self) -> Polled {
        let Some(slot) = self.next_listed() else {
            return Polled::Nobody;
        };
        slot.unlist();
        if slot.is(&self.body) {
            return Polled::Body;
        }
        let key = self.seat(&slot);
        // SAFETY: we are the crowd of the room that lists the slot.
        if unsafe { slot.poll() } == Poll::Ready(()) {
            if let Some(key) = key {
                self.end(key);
            }
        }
        Polled::Child
    }

    fn next_listed(&mut self) -> Option<Slot> {
        if let Some(slot) = self.listed.next() {
            return Some(slot);
        }
        self.listed = self.room.take();
        self.listed.next()
    }

    /// The place of a child in the table: given to it when it is seen first, and none once it has ended.
    fn seat(&mut self, slot: &Slot) -> Option<usize> {
        // SAFETY: we are the crowd of the room that lists the slot.
        let place = unsafe { slot.seat() };
        if place.is_new() {
            place.take(self.table.insert(slot.clone()));
        }
        place.key()
    }

    /// Drops a child's future, then the count that kept its block for us.
    fn end(&mut self, key: usize) {
        if let Some(slot) = self.table.try_remove(key) {
            // SAFETY: we are the crowd of the room that the slot was listed in.
            unsafe { slot.clear() };
            // SAFETY: as above.
            unsafe { slot.seat() }.leave();
        }
    }
}

impl<K> Drop for Crowd<K> {
    /// Drops every child, oldest first.
    fn drop(&mut self) {
        // Destructors may wake, and spawn in vain.
        let listed = [
            std::mem::replace(&mut self.listed, Listed::nothing()),
            self.room.close(),
        ];
        for slot in listed.into_iter().flatten() {
            if !slot.is(&self.body) {
                self.seat(&slot);
            }
        }
        let keys: Vec<usize> = self.table.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.end(key);
        }
    }
}
