//! A nursery that is dropped half-way: asked to end, adopted, awaited.

use std::future::{Future, pending};
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use steadfast::tokio::TokioRuntime;
use steadfast::{CancelReason, block_on, cancelled, nursery, yield_now};
use steadfast_conformance::probe::{Gate, Tally};

use crate::alone;

/// A child that says where it is, and takes its time to obey.
#[derive(Clone, Default)]
struct Slow {
    started: Gate,
    asked: Gate,
    may_end: Gate,
    finished: Tally,
}

impl Slow {
    /// A nursery that never ends by itself, with this child in it.
    fn nursery(&self) -> impl Future<Output = ()> + Send + use<> {
        let child = self.clone();
        nursery(async |n| {
            n.spawn(child.run());
            pending().await
        })
    }

    async fn run(self) {
        self.started.open();
        assert_eq!(cancelled().await, CancelReason::Dropped);
        self.asked.open();
        self.may_end.wait().await;
        self.finished.add();
    }
}

#[steadfast::test]
async fn the_loser_of_a_race_goes_to_the_enclosing_nursery() {
    let slow = Slow::default();
    nursery(async |n| {
        match select(pin!(slow.nursery()), slow.started.wait()).await {
            Either::Left(_) => unreachable!("it never ends by itself"),
            Either::Right(_) => {}
        }
        assert_eq!(n.len(), 1, "it was not adopted");
        slow.asked.wait().await;
        slow.may_end.open();
    })
    .await;
    assert_eq!(slow.finished.count(), 1);
}

#[steadfast::test(tokio)]
async fn select_leaves_the_loser_to_the_enclosing_nursery() {
    let slow = Slow::default();
    nursery(async |n| {
        tokio::select! {
            () = slow.nursery() => unreachable!("it never ends by itself"),
            () = slow.started.wait() => {}
        }
        assert_eq!(n.len(), 1, "it was not adopted");
        slow.asked.wait().await;
        slow.may_end.open();
    })
    .await;
    assert_eq!(slow.finished.count(), 1);
}

#[steadfast::test(tokio)]
async fn a_foreign_timeout_leaves_the_nursery_to_the_enclosing_one() {
    let slow = Slow::default();
    nursery(async |n| {
        let ended = tokio::time::timeout(Duration::ZERO, slow.nursery()).await;
        assert!(ended.is_err());
        assert_eq!(n.len(), 1, "it was not adopted");
        slow.may_end.open();
    })
    .await;
    assert_eq!(slow.finished.count(), 1);
}

#[test]
fn an_aborted_tokio_task_leaves_its_nursery_to_the_root() {
    alone(
        "dropped::an_aborted_tokio_task_leaves_its_nursery_to_the_root",
        || {
            let slow = Slow::default();
            let tokio = TokioRuntime::multi_thread(2).unwrap();
            block_on(&tokio, async {
                let task = tokio::spawn(slow.nursery());
                slow.started.wait().await;
                task.abort();
                assert!(task.await.unwrap_err().is_cancelled());
                slow.asked.wait().await;
                assert_eq!(slow.finished.count(), 0);
                let may_end = slow.may_end.clone();
                // After the root's main has ended, with high probability; whenever it is, the root waits.
                drop(tokio::spawn(async move {
                    for _ in 0..1000 {
                        yield_now().await;
                    }
                    may_end.open();
                }));
            });
            assert_eq!(slow.finished.count(), 1);
            assert_eq!(steadfast::lost(), 0);
        },
    );
}
