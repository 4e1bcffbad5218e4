//! Values of children, while somebody awaits them or lets go of their handles.

use loom::future::block_on;
use loom::thread;

use super::model;
use super::runtime::Deed;
use crate::Builder;

#[test]
fn a_value_meets_a_wait_on_another_thread() {
    model(2, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        let waiter = block_on(Builder::on(threads).run(|n| async move {
            let child = n.spawn_with_handle(async move {
                theirs.done();
                7
            });
            thread::spawn(move || {
                let value = block_on(child);
                assert_eq!(value.ok(), Some(7));
                assert_eq!(deed.seen(), 1);
            })
        }));
        waiter.join().expect("it does not panic");
    });
}

/// The value is dropped once, by the child or with the handle, whichever is last.
#[test]
fn a_value_meets_the_drop_of_its_handle() {
    model(3, |threads| {
        let deed = Deed::default();
        let value = deed.by_drop();
        block_on(Builder::on(threads).run(|n| async move {
            drop(n.spawn_with_handle(async move { value }));
        }));
        assert_eq!(deed.seen(), 1);
    });
}

/// Two tasks wait for one child, by reference; both are woken.
#[test]
fn an_end_meets_two_waits() {
    model(2, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        block_on(Builder::on(threads).run(|n| async move {
            let child = n.spawn_with_handle(async move { theirs.done() });
            let child = std::sync::Arc::new(child);
            let other = std::sync::Arc::clone(&child);
            let seen = deed.clone();
            n.spawn(async move {
                assert_eq!(other.wait().await, crate::ChildState::Done);
                assert_eq!(seen.seen(), 1);
            });
            child.wait().await;
            assert_eq!(deed.seen(), 1);
        }));
    });
}

/// The handshake: what came before the report is seen by the starter.
#[test]
fn a_report_meets_its_starter() {
    model(2, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        block_on(Builder::on(threads).run(|n| async move {
            let started = n
                .start(|ready| async move {
                    theirs.done();
                    ready.report(7);
                })
                .await;
            assert_eq!(started.ok(), Some(7));
            assert_eq!(deed.seen(), 1);
        }));
    });
}

/// The starter is dropped while the child reports, or before: the value is dropped once, and the child ends.
#[test]
fn a_report_meets_the_drop_of_its_starter() {
    model(3, |threads| {
        let deed = Deed::default();
        let value = deed.by_drop();
        block_on(Builder::on(threads).run(|n| async move {
            let mut starting = Box::pin(n.start(|ready| async move { ready.report(value) }));
            drop(super::runtime::poll_once(&mut starting).await);
        }));
        assert_eq!(deed.seen(), 1);
    });
}
