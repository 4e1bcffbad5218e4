//! Clean-ups, while those who take them over end.

use std::pin::Pin;

use loom::future::block_on;
use loom::thread;

use super::model;
use super::runtime::{Deed, Flag, Threads};
use crate::{AsyncDrop, AsyncDropGuard, Builder};

struct Released(Deed);

impl AsyncDrop for Released {
    async fn async_drop(self: Pin<&mut Self>) {
        self.0.done();
    }
}

#[test]
fn a_clean_up_comes_before_its_child_is_counted_out() {
    model(3, |threads| {
        let deed = Deed::default();
        let value = Released(deed.clone());
        block_on(Builder::on(threads).run(|n| async move {
            n.spawn(async move {
                drop(AsyncDropGuard::new(value));
            });
        }));
        assert_eq!(deed.seen(), 1);
    });
}

/// Opens a nursery inside a root, lets a thread that belongs to nobody drop `guards` guards that were made there, and lets the
/// root end when that is done. The nursery itself ends at once: it takes the clean-ups, or the root does.
fn hand_over(threads: &Threads, guards: usize) {
    let deed = Deed::default();
    let (done, gone) = (deed.clone(), Flag::new());
    let inside = threads.clone();
    let main = async move {
        let dropped = gone.clone();
        let dropper = Builder::on(&inside)
            .run(|_| async move {
                let made: Vec<_> = std::iter::repeat_with(|| Released(done.clone()))
                    .map(AsyncDropGuard::new)
                    .take(guards)
                    .collect();
                thread::spawn(move || {
                    made.into_iter().for_each(drop);
                    dropped.raise();
                })
            })
            .await;
        gone.raised().await;
        dropper
    };
    let dropper = Builder::on(threads).block_on(threads, main);
    assert_eq!(deed.seen(), guards);
    dropper.join().expect("it does not panic");
}

#[test]
fn a_clean_up_that_is_handed_over_meets_the_close() {
    model(2, |threads| hand_over(threads, 1));
}

/// The second comes while the task that ran the first ends, or after it.
#[test]
fn a_second_clean_up_meets_the_end_of_the_first() {
    model(2, |threads| hand_over(threads, 2));
}
