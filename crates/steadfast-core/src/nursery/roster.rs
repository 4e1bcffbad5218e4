//! Who is in the nursery: one record for each child that is alive.
//!
//! The tree is drawn from these records, and an abort finds the tasks to wake in them. They lie in a few shards, each with a
//! lock of its own, so that children which start and finish on different threads seldom meet, and nobody ever locks the
//! whole. A record's place is reused by a later child: memory follows the children that live at the same time.

use std::panic::Location;
use std::task::Waker;
use std::time::Instant;

use slab::Slab;

use crate::origin::{Name, Origin};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Mutex, local, lock, shared};
use crate::tree::Member;

const SHARDS: usize = 8;

pub(super) struct Roster {
    shards: [Mutex<Slab<Record>>; SHARDS],
}

/// A child's place in the roster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    shard: usize,
    key: usize,
}

/// What the tree shows of a child.
pub(crate) struct Record {
    pub(super) id: u64,
    pub(super) name: Option<Name>,
    pub(super) location: &'static Location<'static>,
    pub(super) kind: ChildKind,
    pub(super) state: ChildPhase,
    pub(super) born: Instant,
    pub(super) waker: Option<Waker>,
}

/// How a child was spawned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChildKind {
    Plain,
    WithHandle,
    Background,
    Supervised,
    Blocking,
    Adopted,
    /// Somebody else polls it.
    Guest,
}

impl ChildKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Plain | Self::WithHandle => "child",
            Self::Background => "background child",
            Self::Supervised => "supervised child",
            Self::Blocking => "blocking child",
            Self::Adopted => "adopted work",
            Self::Guest => "guest",
        }
    }
}

/// Where a child is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChildPhase {
    /// Not polled yet, or waiting for its place under the nursery's limit.
    Waiting,
    /// Its future runs.
    Running,
    /// Its future is gone; its clean-ups run.
    CleaningUp,
}

impl ChildPhase {
    const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting to run",
            Self::Running => "running",
            Self::CleaningUp => "cleaning up",
        }
    }
}

impl Roster {
    pub(super) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }

    pub(super) fn add(&self, record: Record) -> Ticket {
        let shard = home_shard();
        let key = lock(&self.shards[shard]).insert(record);
        Ticket { shard, key }
    }

    pub(super) fn remove(&self, ticket: Ticket) {
        let record = lock(&self.shards[ticket.shard]).try_remove(ticket.key);
        drop(record);
    }

    pub(super) fn set_phase(&self, ticket: Ticket, phase: ChildPhase) {
        if let Some(record) = lock(&self.shards[ticket.shard]).get_mut(ticket.key) {
            record.state = phase;
        }
    }

    /// Leaves the waker of a child that an abort may have to reach.
    pub(super) fn set_waker(&self, ticket: Ticket, waker: &Waker) {
        let fresh = waker.clone();
        let stale = lock(&self.shards[ticket.shard])
            .get_mut(ticket.key)
            .and_then(|record| record.waker.replace(fresh));
        drop(stale);
    }

    pub(super) fn name(&self, id: u64) -> Option<Name> {
        self.shards.iter().find_map(|shard| {
            let shard = lock(shard);
            shard
                .iter()
                .find(|(_, record)| record.id == id)
                .map(|(_, record)| record.name.clone())
        })?
    }

    pub(super) fn list(&self) -> Vec<Member> {
        let mut members: Vec<Member> = Vec::new();
        for shard in &self.shards {
            members.extend(lock(shard).iter().map(|(_, record)| record.member()));
        }
        members.sort_by_key(|member| member.id);
        members
    }

    pub(super) fn wakers(&self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        for shard in &self.shards {
            wakers.extend(
                lock(shard)
                    .iter_mut()
                    .filter_map(|(_, record)| record.waker.take()),
            );
        }
        wakers
    }
}

impl Record {
    fn member(&self) -> Member {
        Member {
            id: self.id,
            origin: Origin::new(self.name.clone(), self.location),
            kind: self.kind.word(),
            state: self.state.word(),
            born: self.born,
        }
    }
}

/// The shard of this thread: threads take turns at their first spawn.
fn home_shard() -> usize {
    shared! {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
    }
    local! {
        static HOME: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
    }
    HOME.try_with(|home| *home).unwrap_or(0)
}
