//! Children that share tasks, while these take them from each other.

use std::future::poll_fn;
use std::task::Poll;

use loom::future::block_on;

use super::model;
use super::runtime::{Deed, Flag};
use crate::Builder;

/// Two groups come for two children: each child is begun by one of them, and the exit comes when the captures of both are gone.
#[test]
fn two_groups_come_for_the_same_children() {
    model(1, |threads| {
        let (run, gone) = (Deed::default(), Deed::default());
        block_on(Builder::on(threads).run(|n| {
            n.spawn_all([(); 2].map(|()| {
                let (runs, capture) = (run.clone(), gone.by_drop());
                // Not an async block: that drops what it owns in its last poll.
                poll_fn(move |_| {
                    _ = &capture;
                    runs.done();
                    Poll::Ready(())
                })
            }));
            async {}
        }));
        assert_eq!((run.seen(), gone.seen()), (2, 2));
    });
}

/// A child is woken from elsewhere while its group goes to sleep, or ends for another one.
#[test]
fn a_wake_meets_a_group_that_goes_to_sleep() {
    model(2, |threads| {
        let (run, flag) = (Deed::default(), Flag::new());
        block_on(Builder::on(threads).run(|n| {
            let (waits, runs) = (flag.clone(), run.clone());
            n.spawn_all([async move {
                waits.raised().await;
                runs.done();
            }]);
            async { flag.raise() }
        }));
        assert_eq!(run.seen(), 1);
    });
}

/// The call brings a child, or no further one, while a group goes to rest, another one is called, and a place becomes free: each child
/// runs, and the call returns.
#[test]
fn a_child_meets_groups_that_go_to_rest() {
    model(1, |threads| {
        let gone = Deed::default();
        let values = block_on(Builder::on(threads).map_concurrent([(); 4], 3, |()| {
            let capture = gone.by_drop();
            async move {
                drop(capture);
                Ok::<_, ()>(())
            }
        }));
        assert_eq!(
            (values.map(|values| values.len()).ok(), gone.seen()),
            (Some(4), 4)
        );
    });
}
