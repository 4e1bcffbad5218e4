//! The private protocol: seats, and how they change hands. What the tree shows is in the conformance suite.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use super::{ChildKind, ChildPhase, Newcomer, Roster, Ticket};
use crate::origin::Name;
use crate::time::Moment;

/// How many children come and go, one after the other.
const LINE: u32 = if cfg!(miri) { 300 } else { 20_000 };

/// A roster, and how many are in it.
struct Full {
    roster: Roster,
    alive: u32,
}

impl Full {
    fn new() -> Self {
        Self {
            roster: Roster::new(),
            alive: 0,
        }
    }

    fn add(&mut self, name: Option<&Name>) -> Ticket {
        let newcomer = Newcomer {
            number: None,
            name,
            location: Location::caller(),
            kind: ChildKind::Plain,
            phase: ChildPhase::Running,
        };
        let (ticket, _) = self.roster.add(&newcomer, Moment::now(), self.alive);
        self.alive += 1;
        ticket
    }

    fn remove(&mut self, ticket: Ticket) {
        self.roster.remove(ticket);
        self.alive -= 1;
    }

    fn seats(&self) -> u32 {
        self.roster.door.lock().expect("nobody panics").seats
    }

    fn numbers(&self) -> Vec<u64> {
        self.roster.list().iter().map(|member| member.id).collect()
    }
}

#[test]
fn every_seat_is_in_its_block() {
    let mut next = (0, 0);
    for index in 0..LINE {
        let place = Ticket(index).place();
        assert_eq!(place, next, "of seat {index}");
        next = match place {
            (block, last) if last + 1 == 8 << block => (block + 1, 0),
            (block, index) => (block, index + 1),
        };
    }
}

#[test]
fn children_are_listed_in_the_order_in_which_they_came() {
    let mut full = Full::new();
    let tickets: Vec<_> = (0..20).map(|_| full.add(None)).collect();
    full.remove(tickets[3]);
    full.remove(tickets[7]);
    full.add(None);
    let left = (1..=21).filter(|number| ![4, 8].contains(number));
    assert_eq!(full.numbers(), left.collect::<Vec<_>>());
}

#[test]
fn a_long_line_of_short_children_needs_few_seats() {
    let mut full = Full::new();
    for _ in 0..LINE {
        let few: Vec<_> = (0..5).map(|_| full.add(None)).collect();
        few.into_iter().for_each(|ticket| full.remove(ticket));
    }
    assert!(full.seats() <= 8, "{} seats for 5 children", full.seats());
}

#[test]
fn short_children_among_many_idle_ones_need_few_seats() {
    let mut full = Full::new();
    for _ in 0..100 {
        full.add(None);
    }
    for _ in 0..LINE {
        let ticket = full.add(None);
        full.remove(ticket);
    }
    assert!(full.seats() <= 130, "{} seats for 101", full.seats());
}

#[test]
fn a_name_goes_with_its_child() {
    let mut full = Full::new();
    let name = Name::from("first");
    let first = full.add(Some(&name));
    assert_eq!(full.roster.origin(first).name(), Some("first"));
    assert_eq!(full.roster.name(1), Some(name));
    full.remove(first);
    assert_eq!(full.roster.name(1), None);
    for _ in 0..20 {
        let next = full.add(None);
        assert_eq!(full.roster.origin(next).name(), None);
        full.remove(next);
    }
}

#[test]
fn a_phase_changes_nothing_else() {
    let mut full = Full::new();
    let ticket = full.add(None);
    for phase in [
        ChildPhase::Waiting,
        ChildPhase::CleaningUp,
        ChildPhase::Running,
    ] {
        full.roster.set_phase(ticket, phase);
        let members = full.roster.list();
        assert_eq!(members[0].state, phase.word());
        assert_eq!(members[0].kind, ChildKind::Plain.word());
        assert_eq!(full.roster.number(ticket), 1);
    }
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_waker_is_gone_with_its_child() {
    let mut full = Full::new();
    let wakes = Arc::new(Wakes::default());
    let tickets: Vec<_> = (0..20).map(|_| full.add(None)).collect();
    for ticket in &tickets {
        full.roster
            .set_waker(*ticket, &Waker::from(Arc::clone(&wakes)));
        full.roster
            .set_waker(*ticket, &Waker::from(Arc::clone(&wakes)));
    }
    assert_eq!(Arc::strong_count(&wakes), 21);
    full.remove(tickets[0]);
    assert_eq!(Arc::strong_count(&wakes), 20);
    full.roster.wakers().into_iter().for_each(Waker::wake);
    assert_eq!(wakes.0.load(Ordering::SeqCst), 19);
    assert_eq!(Arc::strong_count(&wakes), 1);
}
