//! The exit of a nursery, while its last children leave.

use std::future::poll_fn;
use std::task::Poll;

use loom::future::block_on;

use super::model;
use super::runtime::Deed;
use crate::Builder;

#[test]
fn the_exit_sees_what_the_last_children_did() {
    model(2, |threads| {
        let deed = Deed::default();
        block_on(Builder::on(threads).run(|n| {
            for _ in 0..2 {
                let deed = deed.clone();
                n.spawn(async move { deed.done() });
            }
            async {}
        }));
        assert_eq!(deed.seen(), 2);
    });
}

#[test]
fn the_exit_comes_after_the_captures_of_the_last_child() {
    model(3, |threads| {
        let deed = Deed::default();
        let capture = deed.by_drop();
        // Not an async block: that drops what it owns in its last poll.
        let child = poll_fn(move |_| {
            _ = &capture;
            Poll::Ready(())
        });
        block_on(Builder::on(threads).run(|n| async move {
            n.spawn(child);
        }));
        assert_eq!(deed.seen(), 1);
    });
}

/// The last foreground child makes the exit ask the background to end, while that registers for the request.
#[test]
fn the_background_ends_after_the_foreground() {
    model(2, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        block_on(Builder::on(threads).run(|n| async move {
            n.spawn_background(async move {
                crate::cancelled().await;
                theirs.done();
            });
            n.spawn(async {});
        }));
        assert_eq!(deed.seen(), 1);
    });
}

/// Two children meet at the scope of the background, which the first of them makes.
#[test]
fn two_make_the_scope_of_the_background_at_once() {
    model(1, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        block_on(Builder::on(threads).run(|n| async move {
            let inside = n.clone();
            let mine = theirs.clone();
            n.spawn(async move {
                inside.spawn_background(async move {
                    crate::cancelled().await;
                    mine.done();
                });
            });
            n.spawn_background(async move {
                crate::cancelled().await;
                theirs.done();
            });
        }));
        assert_eq!(deed.seen(), 2);
    });
}
