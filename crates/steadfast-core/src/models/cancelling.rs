//! Requests, while work ends, waits, or begins.

use std::future::{pending, poll_fn};
use std::panic::Location;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use loom::future::block_on;
use loom::thread;

use super::runtime::{ByDrop, Deed, Flag, Threads, end_the_grace};
use super::{model, race};
use crate::cancel::Alarm;
use crate::tree::{Kind, Node, Seed};
use crate::{Builder, CancelReason, FutureExt, Never, Nursery};

#[test]
fn a_request_meets_a_wait_for_it() {
    model(3, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        block_on(Builder::on(threads).run(|n| async move {
            n.spawn(async move {
                assert!(matches!(
                    crate::cancelled().await,
                    CancelReason::Requested(_)
                ));
                theirs.done();
            });
            n.cancel("enough");
        }));
        assert_eq!(deed.seen(), 1);
    });
}

/// The handle asks while the child begins to wait: one of them makes the node that both of them need.
#[test]
fn a_request_by_a_handle_meets_a_wait_for_it() {
    model(3, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        block_on(Builder::on(threads).run(|n| async move {
            let child = n.spawn_with_handle(async move {
                assert!(matches!(
                    crate::cancelled().await,
                    CancelReason::Requested(_)
                ));
                theirs.done();
            });
            child.cancel("enough");
        }));
        assert_eq!(deed.seen(), 1);
    });
}

/// A look sees the request of the handle and that of the nursery, in whichever order they come.
#[test]
fn requests_from_above_and_by_a_handle_meet_a_look() {
    model(3, |threads| {
        block_on(Builder::on(threads).run(|n| async move {
            let child = n.spawn_with_handle(async {
                if crate::is_cancelled() {
                    assert!(crate::cancel_reason().is_some());
                    assert!(crate::checkpoint().is_err());
                }
            });
            let asking = thread::spawn(move || child.cancel("enough"));
            n.cancel("all of you");
            asking.join().expect("it does not panic");
        }));
    });
}

/// Either the value counts, or the request does; nothing is lost and nothing comes twice.
#[test]
fn a_request_meets_the_end_of_a_region() {
    race(2, |threads| {
        let (value, gave_way) = (Deed::default(), Deed::default());
        let flag = Flag::new();
        let child = {
            let (value, gave_way, flag) = (value.clone(), gave_way.clone(), flag.clone());
            async move {
                match flag.raised().or_cancelled().await {
                    Ok(()) => value.done(),
                    Err(_) => gave_way.done(),
                }
            }
        };
        let handle = block_on(Builder::on(threads).run(|n| async move {
            let handle = n.spawn_with_handle(child);
            let raiser = thread::spawn(move || flag.raise());
            n.cancel("enough");
            (handle, raiser)
        }));
        assert_eq!(value.seen() + gave_way.seen(), 1);
        handle.1.join().expect("it does not panic");
        drop(handle.0);
        value.seen() == 1
    });
}

/// A wait that is given up while the request comes: its place is void then, and may be nobody else's.
#[test]
fn a_request_meets_a_wait_that_is_given_up() {
    model(3, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        block_on(Builder::on(threads).run(|n| async move {
            n.spawn(async move {
                let mut wait = crate::cancelled();
                drop(super::runtime::poll_once(&mut wait).await);
                drop(wait);
                crate::cancelled().await;
                theirs.done();
            });
            n.cancel("enough");
        }));
        assert_eq!(deed.seen(), 1);
    });
}

/// Invariant 3 of the tree: whoever is born below a node that is being asked to end is asked, too, with the reason.
#[test]
fn a_request_meets_a_scope_that_is_born() {
    model(3, |_| {
        let born = born_while(|above| assert!(above.request(CancelReason::Shutdown)));
        for node in born {
            assert_eq!(node.reason(), Some(&CancelReason::Shutdown));
        }
    });
}

/// Two scopes, one below the other, that are born below a node while `ask` is done to it.
fn born_while(ask: fn(&Arc<Node>)) -> [Arc<Node>; 2] {
    let node = |parent| {
        let seed = Seed::new(Kind::Scope, Location::caller());
        Node::new(Seed { parent, ..seed })
    };
    let above = node(None);
    let asked = Arc::clone(&above);
    let asking = thread::spawn(move || ask(&asked));
    let below = node(Some(above));
    let further = node(Some(Arc::clone(&below)));
    asking.join().expect("it does not panic");
    [below, further]
}

/// Whoever merely looks, and finds that it has been asked to end, sees what came before the request.
#[test]
fn a_request_meets_a_look() {
    race(3, |threads| {
        let (deed, asked) = (Deed::default(), Deed::default());
        let (before, sees) = (deed.clone(), asked.clone());
        block_on(Builder::on(threads).run(|n| async move {
            n.spawn(async move {
                if crate::is_cancelled() {
                    assert_eq!(before.seen(), 1);
                    sees.done();
                }
            });
            deed.done();
            n.cancel("enough");
        }));
        asked.seen() == 1
    });
}

/// A child that ignores the request is dropped when its grace is over, also if that is while it goes to sleep.
#[test]
fn an_abort_meets_a_child_that_goes_to_sleep() {
    model(2, |threads| {
        abort(threads, |n, capture| {
            n.spawn(async move {
                let _capture = capture;
                pending::<()>().await;
            });
        });
    });
}

/// Ends the grace of a child, which `start` starts with this capture.
fn abort<T>(threads: &Threads, start: fn(&Nursery<Never, Threads>, ByDrop) -> T) {
    let deed = Deed::default();
    let capture = deed.by_drop();
    let grace = Builder::on(threads).grace(Duration::from_secs(1));
    block_on(grace.run(|n| async move {
        let _handle = start(&n, capture);
        end_the_grace();
    }));
    assert_eq!(deed.seen(), 1);
}

/// The same where the child has a scope and a node of its own, which is marked after that of its nursery: nobody is woken in between.
#[test]
fn an_abort_meets_a_child_with_a_node_of_its_own() {
    model(2, |threads| {
        abort(threads, |n, capture| {
            n.spawn_with_handle(async move {
                let _capture = capture;
                let mut wait = crate::cancelled();
                _ = super::runtime::poll_once(&mut wait).await;
                pending::<()>().await;
            })
        });
    });
}

/// Whoever is born below a node whose grace is over has none.
#[test]
fn an_abort_meets_a_scope_that_is_born() {
    model(3, |_| {
        let born = born_while(|above| {
            above.request(CancelReason::Shutdown);
            above.abort();
        });
        for node in born {
            assert!(node.is_requested() && node.is_aborted());
        }
    });
}

/// Time stands still here, but a deadline that has passed when it is set rings at once, for whoever goes to sleep meanwhile.
#[test]
fn a_deadline_that_is_set_meets_who_waits_for_it() {
    model(3, |threads| {
        block_on(Builder::on(threads).run(|_| async move {
            let node = Node::new(Seed::new(Kind::Scope, Location::caller()));
            let theirs = Arc::clone(&node);
            let setting = thread::spawn(move || theirs.set_deadline(Some(Instant::now())));
            let mut alarm = Alarm::default();
            poll_fn(|cx| match alarm.poll(&node, cx) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            })
            .await;
            assert_eq!(node.reason(), Some(&CancelReason::Deadline));
            setting.join().expect("it does not panic");
        }));
    });
}

/// Whoever sees that it has been asked to end sees the one reason that stands, and what came before the request.
#[test]
fn two_requests_meet() {
    model(3, |_| {
        let deed = Deed::default();
        let node = Node::new(Seed::new(Kind::Scope, Location::caller()));
        let (asked, before) = (Arc::clone(&node), deed.clone());
        let asking = thread::spawn(move || {
            before.done();
            asked.request(CancelReason::Shutdown)
        });
        let mine = node.request(CancelReason::Finished);
        let won = if mine {
            CancelReason::Finished
        } else {
            assert_eq!(deed.seen(), 1);
            CancelReason::Shutdown
        };
        assert_eq!(node.reason(), Some(&won));
        assert_ne!(mine, asking.join().expect("it does not panic"));
    });
}
