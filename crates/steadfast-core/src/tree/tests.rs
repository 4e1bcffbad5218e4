//! The private protocol: how requests, aborts and nodes meet. What users see is in the conformance suite.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::thread;

use super::{ChildScope, Kind, Node, Owned, Seed, TOP, Tree};
use crate::Report;
use crate::cancel::CancelReason;
use crate::sync::lock;

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wakes {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn node(kind: Kind, parent: Option<&Arc<Node>>) -> Arc<Node> {
    let parent = parent.cloned();
    Node::new(Seed {
        parent,
        ..Seed::new(kind, Location::caller())
    })
}

#[test]
fn a_request_reaches_what_is_below_and_nothing_else() {
    let root = node(Kind::Nursery, None);
    let (left, right) = (
        node(Kind::Scope, Some(&root)),
        node(Kind::Scope, Some(&root)),
    );
    let below = node(Kind::Nursery, Some(&left));
    assert!(left.request(CancelReason::Shutdown));
    assert!(left.is_requested() && below.is_requested());
    assert!(!root.is_requested() && !right.is_requested());
    assert!(left.is_origin() && !below.is_origin());
}

#[test]
fn the_first_reason_stands_at_every_level() {
    let root = node(Kind::Nursery, None);
    let inner = node(Kind::Scope, Some(&root));
    assert!(inner.request(CancelReason::Deadline));
    assert!(root.request(CancelReason::Shutdown));
    assert!(!root.request(CancelReason::Dropped));
    assert_eq!(inner.reason(), Some(&CancelReason::Deadline));
    assert_eq!(root.reason(), Some(&CancelReason::Shutdown));
}

#[test]
fn a_node_that_comes_late_starts_requested_and_a_late_shield_does_not() {
    let root = node(Kind::Nursery, None);
    root.request(CancelReason::Shutdown);
    assert_eq!(
        node(Kind::Scope, Some(&root)).reason(),
        Some(&CancelReason::Shutdown)
    );
    let shield = node(Kind::Shield, Some(&root));
    assert!(!shield.is_requested() && !node(Kind::Scope, Some(&shield)).is_requested());
}

#[test]
fn a_scope_has_no_node_before_something_is_asked_and_then_sees_it() {
    let root = node(Kind::Nursery, None);
    let scope = ChildScope::new(&root, None, Location::caller());
    assert!(!scope.is_requested() && scope.reason().is_none() && !scope.is_aborted());
    assert_eq!(root.nodes_below().len(), 0, "to look makes no node");
    root.request(CancelReason::Shutdown);
    assert!(scope.is_requested() && !scope.is_aborted());
    assert_eq!(scope.reason(), Some(&CancelReason::Shutdown));
    root.abort();
    assert!(scope.is_aborted() && scope.node().is_aborted());
    let late = ChildScope::new(&root, None, Location::caller());
    assert!(late.is_aborted());
    assert_eq!(late.node().reason(), Some(&CancelReason::Shutdown));
}

#[test]
fn a_scope_that_is_asked_alone_keeps_its_own_reason() {
    let root = node(Kind::Nursery, None);
    let scope = ChildScope::new(&root, None, Location::caller());
    scope.set_number(3);
    scope.node().request(CancelReason::Deadline);
    assert!(scope.is_requested() && !root.is_requested());
    root.request(CancelReason::Shutdown);
    assert_eq!(scope.reason(), Some(&CancelReason::Deadline));
    let [below] = &root.nodes_below()[..] else {
        panic!("it is made once");
    };
    assert!(Arc::ptr_eq(below, scope.node()) && below.owner == 3);
}

#[test]
fn a_shield_separates_and_can_be_asked_itself() {
    let root = node(Kind::Nursery, None);
    let shield = node(Kind::Shield, Some(&root));
    let inside = node(Kind::Nursery, Some(&shield));
    root.request(CancelReason::Shutdown);
    root.abort();
    assert!(!inside.is_requested() && !inside.is_aborted());
    shield.request(CancelReason::Deadline);
    assert_eq!(inside.reason(), Some(&CancelReason::Deadline));
}

#[test]
fn a_request_wakes_each_waiter_once_and_later_waits_are_over_at_once() {
    let root = node(Kind::Nursery, None);
    let wakes = [(); 3].map(|()| Arc::new(Wakes::default()));
    let mut keys = [None; 3];
    for (key, wakes) in keys.iter_mut().zip(&wakes) {
        assert!(!root.wait(key, &Waker::from(Arc::clone(wakes))));
    }
    root.forget(&mut keys[1]);
    root.request(CancelReason::Shutdown);
    root.request(CancelReason::Shutdown);
    assert_eq!(wakes.each_ref().map(|wakes| wakes.count()), [1, 0, 1]);
    assert!(root.wait(&mut keys[0], Waker::noop()));
    root.forget(&mut keys[2]);
}

#[test]
fn a_waiter_that_waits_again_keeps_one_place_with_its_newest_waker() {
    let root = node(Kind::Nursery, None);
    let (old, new) = (Arc::new(Wakes::default()), Arc::new(Wakes::default()));
    let mut key = None;
    root.wait(&mut key, &Waker::from(Arc::clone(&old)));
    root.wait(&mut key, &Waker::from(Arc::clone(&new)));
    assert_eq!(Arc::strong_count(&old), 1, "the old waker is let go");
    root.request(CancelReason::Shutdown);
    assert_eq!((old.count(), new.count()), (0, 1));
}

#[test]
fn a_hundred_thousand_levels_are_made_asked_and_dropped_on_a_small_stack() {
    let work = || {
        let root = node(Kind::Nursery, None);
        let mut deepest = Arc::clone(&root);
        for _ in 0..LEVELS {
            deepest = node(Kind::Scope, Some(&deepest));
        }
        root.request(CancelReason::Shutdown);
        assert!(deepest.is_requested());
        drop(root);
        drop(deepest);
    };
    let thread = thread::Builder::new().stack_size(64 * 1024).spawn(work);
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn nodes_leave_nothing_behind_in_their_parent() {
    let root = node(Kind::Nursery, None);
    for _ in 0..100 {
        drop(node(Kind::Scope, Some(&root)));
    }
    assert_eq!(lock(&root.links).below.len(), 0);
}

#[test]
fn nodes_without_a_parent_leave_nothing_behind() {
    let gone = || {
        let top = lock(&TOP);
        top.iter()
            .filter(|(_, node)| node.strong_count() == 0)
            .count()
    };
    for _ in 0..1_000 {
        drop(node(Kind::Scope, None));
    }
    // Other tests may just be dropping some of theirs.
    assert!(gone() < 100, "{} are gone and still listed", gone());
}

#[test]
fn a_node_made_while_its_parent_is_asked_is_asked_too() {
    for _ in 0..ROUNDS {
        let root = node(Kind::Nursery, None);
        let other = Arc::clone(&root);
        let asking = thread::spawn(move || other.request(CancelReason::Shutdown));
        let child = node(Kind::Scope, Some(&root));
        assert!(asking.join().expect("it does not panic"));
        assert!(child.is_requested());
    }
}

#[test]
fn credit_goes_to_the_outermost_node_that_was_asked_itself() {
    let outer = node(Kind::Scope, None);
    let inner = node(Kind::Scope, Some(&outer));
    inner.request(CancelReason::Deadline);
    outer.request(CancelReason::Shutdown);
    inner.mark_seen();
    assert!(outer.is_seen() && !inner.is_seen());
    let shield = node(Kind::Shield, Some(&outer));
    let inside = node(Kind::Scope, Some(&shield));
    inside.request(CancelReason::Deadline);
    inside.mark_seen();
    assert!(inside.is_seen());
}

/// Miri takes each step a thousand times slower, and its stack has no small size to overflow.
const LEVELS: usize = if cfg!(miri) { 500 } else { 100_000 };
const ROUNDS: usize = if cfg!(miri) { 20 } else { 1_000 };

/// A thread that was the last to leave a nursery may hold its node a little longer than the call lasts.
#[test]
fn the_tree_shows_who_has_returned_for_what_is_below_alone() {
    let outer = node(Kind::Nursery, None);
    let kept = node(Kind::Nursery, Some(&outer));
    let below = node(Kind::Scope, Some(&kept));
    kept.mark_returned();
    assert_eq!(Tree::of(&outer).len(), 3);
    drop(below);
    assert_eq!(Tree::of(&outer).len(), 1);
    outer.mark_returned();
    assert!(Tree::of(&outer).is_empty());
}

/// The same, where the nursery that is kept so long was opened under a deadline or in a cancel scope.
#[test]
fn the_tree_shows_what_a_future_owns_until_that_goes() {
    let outer = node(Kind::Nursery, None);
    let deadline = Owned::new(Seed {
        parent: Some(Arc::clone(&outer)),
        ..Seed::new(Kind::Deadline, Location::caller())
    });
    let kept = node(Kind::Nursery, Some(&deadline));
    kept.mark_returned();
    assert_eq!(Tree::of(&outer).len(), 2);
    drop(deadline);
    assert_eq!(Tree::of(&outer).len(), 1);
}

/// A report is for somebody to read, also one of a hundred thousand children. The tree in it is whole.
#[test]
fn a_report_draws_the_beginning_of_a_large_tree() {
    let root = node(Kind::Nursery, None);
    let below: Vec<_> = (0..150).map(|_| node(Kind::Scope, Some(&root))).collect();
    let report = Report::SlowExit {
        nursery: root.origin(),
        tree: Tree::of(&root),
    };
    let text = report.to_string();
    assert_eq!(text.lines().count(), 1 + 100 + 1, "{text}");
    assert!(text.ends_with("\nand 51 more\n"), "{text}");
    assert_eq!(Tree::of(&root).to_string().lines().count(), 151);
    drop(below);
    let tree = Tree::of(&root);
    let report = Report::SlowExit {
        nursery: root.origin(),
        tree: tree.clone(),
    };
    assert!(report.to_string().ends_with(&tree.to_string()));
}
