//! Spawning, while the nursery closes.

use loom::future::block_on;
use loom::thread;

use super::runtime::{Deed, Threads};
use super::{model, race};
use crate::Builder;
use crate::nursery::{Never, Nursery};

/// Spawns from a thread of its own, which the nursery does not know of. `true` if the child was taken.
fn spawn_from_outside(nursery: &Nursery<Never, Threads>, deed: &Deed) -> thread::JoinHandle<bool> {
    let (nursery, deed) = (nursery.clone(), deed.clone());
    thread::spawn(move || {
        let child = async move { deed.done() };
        nursery.spawn(child).into_refused().is_none()
    })
}

/// The nursery has returned: a child that was taken has run, and one that was not will never. `true` if it was.
fn check(spawner: thread::JoinHandle<bool>, deed: &Deed) -> bool {
    let seen = deed.seen();
    let taken = spawner.join().expect("it does not panic");
    assert_eq!(seen, usize::from(taken), "taken: {taken}");
    assert_eq!(deed.seen(), seen, "a child that was refused has run");
    taken
}

#[test]
fn a_spawn_meets_the_end_of_the_body() {
    race(3, |threads| {
        let deed = Deed::default();
        let spawner = block_on(Builder::on(threads).run(|n| {
            let spawner = spawn_from_outside(&n, &deed);
            async move { spawner }
        }));
        check(spawner, &deed)
    });
}

#[test]
fn a_spawn_meets_the_end_of_the_last_child() {
    race(2, |threads| {
        let deed = Deed::default();
        let spawner = block_on(Builder::on(threads).run(|n| {
            n.spawn(async {});
            let spawner = spawn_from_outside(&n, &deed);
            async move { spawner }
        }));
        check(spawner, &deed)
    });
}

/// Whoever is refused sees what was done before the nursery closed.
#[test]
fn a_refusal_comes_after_what_the_last_child_did() {
    race(2, |threads| {
        let deed = Deed::default();
        let spawner = block_on(Builder::on(threads).run(|n| {
            let (nursery, seen, theirs) = (n.clone(), deed.clone(), deed.clone());
            n.spawn(async move { theirs.done() });
            let spawner = thread::spawn(move || {
                let refused = nursery.spawn(async {}).into_refused().is_some();
                if refused {
                    assert_eq!(seen.seen(), 1);
                }
                refused
            });
            async move { spawner }
        }));
        spawner.join().expect("it does not panic")
    });
}

/// A child that spawns holds the nursery open itself.
#[test]
fn the_last_child_spawns_another() {
    model(2, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        block_on(Builder::on(threads).run(|n| async move {
            let inside = n.clone();
            n.spawn(async move {
                let spawned = inside.spawn(async move { theirs.done() });
                assert!(spawned.is_ok(), "a live child was refused a spawn");
            });
        }));
        assert_eq!(deed.seen(), 1);
    });
}
