//! Nurseries and work that are dropped half-way, while children and parents end.

use std::time::Duration;

use loom::future::block_on;
use loom::thread;

use super::model;
use super::runtime::{Deed, Flag, Threads, poll_once};
use crate::{Builder, FutureExt};

/// The child ends before, while, or after its nursery is dropped; the nursery around waits for it in any case.
#[test]
fn a_drop_meets_the_end_of_the_child() {
    model(3, |threads| drop_over(threads, 1));
}

/// Two children end on two threads after the drop: whoever waits for the last one sees what both have done.
#[test]
fn a_drop_meets_the_ends_of_two_children() {
    model(2, |threads| drop_over(threads, 2));
}

fn drop_over(threads: &Threads, children: usize) {
    let deed = Deed::default();
    let (theirs, runtime) = (deed.clone(), threads.clone());
    block_on(Builder::on(threads).run(|_| async move {
        let mut inner = Box::pin(Builder::on(&runtime).run(|n| async move {
            for _ in 0..children {
                let theirs = theirs.clone();
                n.spawn(async move { theirs.done() });
            }
            std::future::pending::<()>().await;
        }));
        assert!(poll_once(&mut inner).await.is_none());
    }));
    assert_eq!(deed.seen(), children);
}

/// At the exit, the nursery is dropped while its last child leaves: each may find the hold, and one of them has to release it.
#[test]
fn a_drop_at_the_exit_meets_the_end_of_the_child() {
    model(3, |threads| {
        let deed = Deed::default();
        let (theirs, runtime) = (deed.clone(), threads.clone());
        block_on(Builder::on(threads).run(|_| async move {
            let mut inner = Box::pin(Builder::on(&runtime).run(|n| async move {
                n.spawn(async move { theirs.done() });
            }));
            _ = poll_once(&mut inner).await;
        }));
        assert_eq!(deed.seen(), 1);
    });
}

/// With a grace, the drop leaves a watch that ends with the last child, also if that child ends while the drop is on its way. The
/// nursery around waits for the watch, whose timer never rings here.
#[test]
fn a_drop_with_a_grace_meets_the_end_of_the_child() {
    model(2, |threads| {
        let deed = Deed::default();
        let (theirs, runtime) = (deed.clone(), threads.clone());
        block_on(Builder::on(threads).run(|_| async move {
            let grace = Builder::on(&runtime).grace(Duration::from_secs(1));
            let mut inner = Box::pin(grace.run(|n| async move {
                n.spawn(async move { theirs.done() });
                std::future::pending::<()>().await;
            }));
            assert!(poll_once(&mut inner).await.is_none());
        }));
        assert_eq!(deed.seen(), 1);
    });
}

/// The request that a drop makes reaches a child that waits for it.
#[test]
fn a_drop_asks_the_child_to_end() {
    model(3, |threads| {
        let deed = Deed::default();
        let (theirs, runtime) = (deed.clone(), threads.clone());
        block_on(Builder::on(threads).run(|_| async move {
            let mut inner = Box::pin(Builder::on(&runtime).run(|n| async move {
                n.spawn(async move {
                    crate::cancelled().await;
                    theirs.done();
                });
                std::future::pending::<()>().await;
            }));
            assert!(poll_once(&mut inner).await.is_none());
        }));
        assert_eq!(deed.seen(), 1);
    });
}

/// The task in which the nursery was opened, and dropped, ends at once, and so does the body of the nursery around.
#[test]
fn an_adoption_meets_the_end_of_the_parent() {
    model(2, |threads| {
        let deed = Deed::default();
        let (theirs, runtime) = (deed.clone(), threads.clone());
        block_on(Builder::on(threads).run(|n| async move {
            n.spawn(async move {
                let mut inner = Box::pin(Builder::on(&runtime).run(|n| async move {
                    n.spawn(async move { theirs.done() });
                    std::future::pending::<()>().await;
                }));
                assert!(poll_once(&mut inner).await.is_none());
            });
        }));
        assert_eq!(deed.seen(), 1);
    });
}

/// A nursery is carried out of the one that it was opened in, and dropped on another thread while that one closes. The child
/// goes to it or, if it is closed, to the one around.
#[test]
fn an_adoption_meets_the_close_of_the_nursery_around() {
    model(2, |threads| {
        let deed = Deed::default();
        let gone = Flag::new();
        let (theirs, runtime, dropped) = (deed.clone(), threads.clone(), gone.clone());
        block_on(Builder::on(threads).run(|_| async move {
            let middle = Builder::on(&runtime).run(|_| async {
                let inside = runtime.clone();
                let mut inner = Box::pin(async move {
                    let nursery = Builder::on(&inside).run(|n| async move {
                        n.spawn(async move { theirs.done() });
                        std::future::pending::<()>().await;
                    });
                    nursery.await;
                });
                assert!(poll_once(&mut inner).await.is_none());
                thread::spawn(move || {
                    drop(inner);
                    dropped.raise();
                })
            });
            let dropper = middle.await;
            gone.raised().await;
            dropper
        }))
        .join()
        .expect("it does not panic");
        assert_eq!(deed.seen(), 1);
    });
}

/// Work that must complete is dropped by a child that then ends; the nursery finishes it.
#[test]
fn work_that_must_complete_meets_the_end_of_its_child() {
    model(2, |threads| {
        let deed = Deed::default();
        let theirs = deed.clone();
        block_on(Builder::on(threads).run(|n| async move {
            n.spawn(async move {
                let work = async move {
                    crate::yield_now().await;
                    theirs.done();
                };
                let mut work = work.must_complete();
                assert!(poll_once(&mut work).await.is_none());
            });
        }));
        assert_eq!(deed.seen(), 1);
    });
}
