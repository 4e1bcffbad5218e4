//! Who is in the nursery: one seat for each child that is alive.
//!
//! The tree is drawn from the seats, and an abort finds the tasks to wake by them. Whoever spawns takes a seat under a lock, in
//! turn round the table; whoever finishes frees its seat by one store, and meets nobody. Memory follows the children that live
//! at the same time: the table grows only while almost all of its seats are taken.
//!
//! What few children have lies aside: names, and the wakers that an abort may need.
//!
//! # Invariants
//!
//! 1. A seat that is free is changed by whoever holds the lock of the [`Door`]; one that is taken, by its child alone.
//! 2. A seat has a new number each time that it is taken. So a look that finds the same number before and after has seen the
//!    words of one child.
//! 3. What lies aside for a child is taken away before its seat is free.
//!
//! # Orderings
//!
//! A store that frees releases, and the look that finds a free seat acquires, so that what a child left in its seat is over when
//! the next one writes there. For invariant 2, the number is gone or replaced before a new child's words are written (a release
//! fence), and looked at again after they were read (an acquire fence): whoever has read a word of the new child finds that the
//! number is no longer that of the old one.

use std::collections::BTreeMap;
use std::panic::Location;
use std::ptr::null_mut;
use std::task::Waker;

use crate::origin::{Name, Origin};
use crate::sync::atomic::{AtomicPtr, AtomicU64, Ordering, fence};
use crate::sync::{Mutex, OnceLock, lock};
use crate::time::Moment;
use crate::tree::Member;

/// The table is this many blocks, each twice as long as the one before, so that a seat never moves.
const BLOCKS: usize = 24;
/// The length of the first block.
const FIRST: u32 = 8;

pub(super) struct Roster {
    door: Mutex<Door>,
    /// There is none before the first child.
    table: OnceLock<Box<Table>>,
    aside: OnceLock<Box<Aside>>,
}

type Table = [OnceLock<Box<[Seat]>>; BLOCKS];

/// What few children have.
#[derive(Default)]
struct Aside {
    names: Mutex<BTreeMap<u64, Name>>,
    /// By seat, dealt out to a few locks. Nobody needs it but children that can be aborted.
    wakers: [Mutex<Vec<Option<Waker>>>; LOCKS],
}

const LOCKS: usize = 8;

/// Where children come in.
#[derive(Default)]
struct Door {
    /// The number that was given last.
    number: u64,
    /// The seat that is looked at next.
    hand: u32,
    /// How many seats there are.
    seats: u32,
}

/// A child's place in the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u32);

/// What the tree shows of a child. Words, so that anybody may look at any time.
///
/// A child of a scope may have its seat where the child itself lies; what is said of the lock then goes for the inside of the
/// scope's room.
pub(crate) struct Seat {
    /// The number of the child and its [`state`]; 0 if the seat is free.
    who: AtomicU64,
    /// A [`Moment`].
    born: AtomicU64,
    /// Only ever points to what lives for ever.
    location: AtomicPtr<Location<'static>>,
}

/// A child that comes in.
pub(crate) struct Newcomer<'a> {
    /// Its number, if it has one from [`Roster::next_number`].
    pub(super) number: Option<u64>,
    pub(super) name: Option<&'a Name>,
    pub(super) location: &'static Location<'static>,
    pub(super) kind: ChildKind,
    pub(super) phase: ChildPhase,
}

/// How a child was spawned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChildKind {
    Plain,
    WithHandle,
    Background,
    Supervised,
    Blocking,
    /// Taken over, to be finished whatever grace there is.
    Adopted,
    /// Taken over, to be finished within the grace.
    AdoptedForGrace,
    /// Somebody else polls it.
    Guest,
}

impl ChildKind {
    const ALL: [Self; 8] = [
        Self::Plain,
        Self::WithHandle,
        Self::Background,
        Self::Supervised,
        Self::Blocking,
        Self::Adopted,
        Self::AdoptedForGrace,
        Self::Guest,
    ];

    /// Whether its handle can ask it alone to end.
    const fn has_scope(self) -> bool {
        matches!(self, Self::WithHandle | Self::Supervised | Self::Blocking)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Plain | Self::WithHandle => "child",
            Self::Background => "background child",
            Self::Supervised => "supervised child",
            Self::Blocking => "blocking child",
            Self::Adopted | Self::AdoptedForGrace => "adopted work",
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
    const ALL: [Self; 3] = [Self::Waiting, Self::Running, Self::CleaningUp];

    const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting to run",
            Self::Running => "running",
            Self::CleaningUp => "cleaning up",
        }
    }
}

/// A number and a state in one word.
mod state {
    /// The seat is being taken: nothing in it counts yet.
    pub(super) const COMING: u64 = 1;
    pub(super) const NAMED: u64 = 2;
    pub(super) const HAS_WAKER: u64 = 4;
    pub(super) const PHASE: u32 = 3;
    pub(super) const KIND: u32 = 5;
    pub(super) const NUMBER: u32 = 8;
}

impl Roster {
    pub(super) fn new() -> Self {
        Self {
            door: Mutex::new(Door::default()),
            table: OnceLock::new(),
            aside: OnceLock::new(),
        }
    }

    fn aside(&self) -> &Aside {
        self.aside.get_or_init(Box::default)
    }

    /// Gives a seat to a child, and a number; `alive` is how many there are, about.
    pub(super) fn add(&self, newcomer: &Newcomer<'_>, born: Moment, alive: u32) -> (Ticket, u64) {
        let (ticket, seat, number) = self.come_in(newcomer.number, alive);
        let named = match newcomer.name {
            Some(name) => {
                lock(&self.aside().names).insert(number, name.clone());
                state::NAMED
            }
            None => 0,
        };
        let who = who(number, newcomer.kind, newcomer.phase) | named;
        seat.fill(who, born, newcomer.location);
        (ticket, number)
    }

    /// Numbers for `count` children that are to have them before their seats: the first of them.
    pub(super) fn next_numbers(&self, count: usize) -> u64 {
        let mut door = lock(&self.door);
        let first = door.number + 1;
        door.number += count as u64;
        first
    }

    /// A child that has no seat yet.
    pub(super) fn waiting(
        number: u64,
        born: Moment,
        location: &'static Location<'static>,
    ) -> Member {
        Member {
            id: number,
            origin: Origin::new(None, location),
            kind: ChildKind::Plain.word(),
            state: ChildPhase::Waiting.word(),
            has_scope: false,
            born: born.instant(),
        }
    }

    /// A number for a child that is to have one before its seat.
    pub(super) fn next_number(&self) -> u64 {
        lock(&self.door).next_number()
    }

    /// Takes a free seat.
    fn come_in(&self, number: Option<u64>, alive: u32) -> (Ticket, &Seat, u64) {
        let mut door = lock(&self.door);
        let number = number.unwrap_or_else(|| door.next_number());
        let (ticket, seat) = match self.free_seat(&mut door, alive) {
            Some(free) => free,
            None => self.new_seat(&mut door),
        };
        let coming = (number << state::NUMBER) | state::COMING;
        seat.who.store(coming, Ordering::Relaxed);
        (ticket, seat, number)
    }

    /// A free seat, unless so few are free that it is not worth the look. So there are eight looks for each child at most, over
    /// one turn of the hand; and a table that is nearly empty is never made longer.
    fn free_seat(&self, door: &mut Door, alive: u32) -> Option<(Ticket, &Seat)> {
        if alive >= door.seats - door.seats / 8 {
            return None;
        }
        (0..door.seats).find_map(|_| {
            let ticket = Ticket(door.hand);
            door.hand = if door.hand + 1 < door.seats {
                door.hand + 1
            } else {
                0
            };
            let seat = self.seat(ticket);
            let is_free = seat.who.load(Ordering::Acquire) == 0;
            is_free.then_some((ticket, seat))
        })
    }

    /// One more seat, and the block for it, if it is the first one there.
    fn new_seat(&self, door: &mut Door) -> (Ticket, &Seat) {
        let ticket = Ticket(door.seats);
        door.seats += 1;
        let (block, index) = ticket.place();
        let new = || Box::new(std::array::from_fn(|_| OnceLock::new()));
        let seats = self.table.get_or_init(new)[block].get_or_init(|| {
            let length = (FIRST as usize) << block;
            (0..length).map(|_| Seat::free()).collect()
        });
        (ticket, &seats[index])
    }

    fn seat(&self, ticket: Ticket) -> &Seat {
        let (block, index) = ticket.place();
        match self.table.get().and_then(|table| table[block].get()) {
            Some(seats) => &seats[index],
            None => unreachable!("whoever makes a ticket makes the seat"),
        }
    }

    pub(super) fn remove(&self, ticket: Ticket) {
        let seat = self.seat(ticket);
        let who = seat.who.load(Ordering::Relaxed);
        if who & state::NAMED != 0 {
            lock(&self.aside().names).remove(&(who >> state::NUMBER));
        }
        if who & state::HAS_WAKER != 0 {
            let waker = self.swap_waker(ticket, None);
            drop(waker);
        }
        seat.who.store(0, Ordering::Release);
    }

    /// The number of a child: 1 for the first one.
    pub(super) fn number(&self, ticket: Ticket) -> u64 {
        self.seat(ticket).number()
    }

    /// Who a child is.
    pub(super) fn origin(&self, ticket: Ticket) -> Origin {
        let seat = self.seat(ticket);
        let who = seat.who.load(Ordering::Relaxed);
        Origin::new(self.name_of(who), seat.location())
    }

    fn name_of(&self, who: u64) -> Option<Name> {
        if who & state::NAMED == 0 {
            return None;
        }
        self.name(who >> state::NUMBER)
    }

    /// The name of the child of that number.
    pub(super) fn name(&self, number: u64) -> Option<Name> {
        lock(&self.aside().names).get(&number).cloned()
    }

    pub(super) fn set_phase(&self, ticket: Ticket, phase: ChildPhase) {
        self.seat(ticket).set_phase(phase);
    }

    /// Leaves the waker of a child that an abort may have to reach.
    pub(super) fn set_waker(&self, ticket: Ticket, waker: &Waker) {
        let seat = self.seat(ticket);
        let who = seat.who.load(Ordering::Relaxed);
        seat.who.store(who | state::HAS_WAKER, Ordering::Release);
        let stale = self.swap_waker(ticket, Some(waker.clone()));
        drop(stale);
    }

    fn swap_waker(&self, ticket: Ticket, waker: Option<Waker>) -> Option<Waker> {
        let (place, which) = (ticket.0 as usize / LOCKS, ticket.0 as usize % LOCKS);
        let mut wakers = lock(&self.aside().wakers[which]);
        if wakers.len() <= place {
            wakers.resize(place + 1, None);
        }
        std::mem::replace(&mut wakers[place], waker)
    }

    pub(super) fn list(&self) -> Vec<Member> {
        let seats = lock(&self.door).seats;
        let mut members: Vec<Member> = (0..seats)
            .filter_map(|index| self.member(self.seat(Ticket(index))))
            .collect();
        members.sort_by_key(|member| member.id);
        members
    }

    /// Whoever is in that seat, unless they come or go this moment.
    pub(super) fn member(&self, seat: &Seat) -> Option<Member> {
        let who = seat.who.load(Ordering::Acquire);
        if who == 0 || who & state::COMING != 0 {
            return None;
        }
        let born = Moment::from_word(seat.born.load(Ordering::Relaxed));
        let location = seat.location();
        let name = self.name_of(who);
        // Invariant 2: after the words.
        fence(Ordering::Acquire);
        let id = who >> state::NUMBER;
        if seat.who.load(Ordering::Relaxed) >> state::NUMBER != id {
            return None;
        }
        Some(Member {
            id,
            origin: Origin::new(name, location),
            kind: kind_of(who).word(),
            state: phase_of(who).word(),
            has_scope: kind_of(who).has_scope(),
            born: born.instant(),
        })
    }

    pub(super) fn wakers(&self) -> Vec<Waker> {
        let mut taken = Vec::new();
        let all = self.aside.get().map(|aside| &aside.wakers);
        for wakers in all.into_iter().flatten() {
            taken.extend(lock(wakers).iter_mut().filter_map(Option::take));
        }
        taken
    }
}

fn kind_of(who: u64) -> ChildKind {
    ChildKind::ALL[(who >> state::KIND & 7) as usize % ChildKind::ALL.len()]
}

fn phase_of(who: u64) -> ChildPhase {
    ChildPhase::ALL[(who >> state::PHASE & 3) as usize % ChildPhase::ALL.len()]
}

impl Ticket {
    /// The block of the seat, and its place there: block `b` begins at seat `FIRST * (2^b - 1)`.
    const fn place(self) -> (usize, usize) {
        let block = (self.0 / FIRST + 1).ilog2();
        let start = FIRST * ((1 << block) - 1);
        (block as usize, (self.0 - start) as usize)
    }
}

impl Door {
    fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }
}

/// The first word of a seat.
const fn who(number: u64, kind: ChildKind, phase: ChildPhase) -> u64 {
    (number << state::NUMBER) | ((kind as u64) << state::KIND) | ((phase as u64) << state::PHASE)
}

impl Seat {
    /// Gives it to a child that has no name. It is free.
    #[inline]
    pub(super) fn take(
        &self,
        number: u64,
        kind: ChildKind,
        born: Moment,
        location: &'static Location<'static>,
    ) {
        self.fill(who(number, kind, ChildPhase::Running), born, location);
    }

    #[inline]
    fn fill(&self, who: u64, born: Moment, location: &'static Location<'static>) {
        // Invariant 2: before the words of the new child.
        fence(Ordering::Release);
        self.born.store(born.word(), Ordering::Relaxed);
        let location = std::ptr::from_ref(location).cast_mut();
        self.location.store(location, Ordering::Relaxed);
        self.who.store(who, Ordering::Release);
    }

    /// Frees one of a child without a name.
    #[inline]
    pub(super) fn leave(&self) {
        self.who.store(0, Ordering::Release);
    }

    pub(super) fn number(&self) -> u64 {
        self.who.load(Ordering::Relaxed) >> state::NUMBER
    }

    pub(super) fn set_phase(&self, phase: ChildPhase) {
        // Invariant 1: nobody else changes the word meanwhile.
        let who = self.who.load(Ordering::Relaxed) & !(3 << state::PHASE);
        self.who
            .store(who | ((phase as u64) << state::PHASE), Ordering::Release);
    }

    pub(crate) fn free() -> Self {
        Self {
            who: AtomicU64::new(0),
            born: AtomicU64::new(0),
            location: AtomicPtr::new(null_mut()),
        }
    }

    pub(super) fn location(&self) -> &'static Location<'static> {
        let location = self.location.load(Ordering::Relaxed);
        // SAFETY: it is null, or what `add` made of a reference that lives for ever.
        let location = unsafe { location.as_ref() };
        location.unwrap_or_else(|| Location::caller())
    }
}

#[cfg(all(test, steadfast_loom))]
mod models;
#[cfg(all(test, not(steadfast_loom)))]
mod tests;
