//! A look at who is in a nursery, while a seat changes hands.

use std::panic::Location;
use std::sync::Arc;

use loom::thread;

use super::{ChildKind, ChildPhase, Newcomer, Roster, Ticket};
use crate::models::model;
use crate::origin::Name;
use crate::time::Moment;

fn add(roster: &Roster, name: Option<&Name>, kind: ChildKind, at: &'static Location) -> Ticket {
    let newcomer = Newcomer {
        number: None,
        name,
        location: at,
        kind,
        phase: ChildPhase::Running,
    };
    roster.add(&newcomer, Moment::now(), 0).0
}

/// Whoever the look finds is one child: the words of the one that is gone and of the one that has come are never mixed up.
#[test]
fn a_look_meets_a_seat_that_changes_hands() {
    model(3, |_| {
        let (here, there) = (Location::caller(), spot());
        let roster = Arc::new(Roster::new());
        let first = add(&roster, None, ChildKind::Plain, here);
        let theirs = Arc::clone(&roster);
        let change = thread::spawn(move || {
            theirs.remove(first);
            let name = Name::from("second");
            let second = add(&theirs, Some(&name), ChildKind::Guest, there);
            assert_eq!(second, first, "the seat was free");
        });
        for member in roster.list() {
            let is_first = member.id == 1;
            let name = (!is_first).then_some("second");
            assert_eq!(member.origin.name(), name);
            assert_eq!(
                member.origin.location(),
                if is_first { here } else { there }
            );
            assert_eq!(member.kind == "child", is_first);
        }
        change.join().expect("it does not panic");
        assert_eq!(roster.list().len(), 1);
    });
}

#[track_caller]
fn spot() -> &'static Location<'static> {
    Location::caller()
}
