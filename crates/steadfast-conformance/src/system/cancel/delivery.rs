//! When a request is delivered: not to what has not begun, and after the shield that it came before.

use std::future::{Future, pending, poll_fn, ready};
use std::pin::pin;

use steadfast_core::{Builder, FutureExt, cancelled, checkpoint, is_cancelled, settle, yield_now};

use crate::probe::{Gate, Probe, Tally, yield_once};
use crate::system::ledger::Ledger;

crate::suite::cases! {
    system_cancel_delivery_tests in system;

    /// A conditional spawn into a cancelled nursery begins nothing: what the future captured is cleaned up where it is dropped.
    #[case("system/cancel-before-conditional-spawn-begins-nothing", must, laws = [66])]
    fn cancel_before_conditional_spawn_begins_nothing<S>(fx: &Fixture<S>) {
        let (ledger, probe) = (Ledger::default(), Probe::new(&fx.faults()));
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("enough");
            let (guard, work) = (ledger.guard("captured"), probe.ready());
            let refused = n.try_spawn(async move {
                let _guard = guard;
                work.await;
            }).expect_err("the nursery was cancelled");
            assert!(refused.is_cancelled());
            assert_eq!((ledger.begun().count(), ledger.dropped().count()), (0, 0));
            drop(refused);
            settle().await;
            ledger.assert_all_closed_once(1);
        }));
        assert_eq!((probe.polls().count(), probe.drops().count()), (0, 1));
    }

    /// A request that is there before a shield begins, and that nobody has looked at, waits for the end of the shield: what is
    /// under the shield is whole, and nothing after it runs.
    #[case("system/cancel-before-shield-is-delivered-after-it", must, laws = [73])]
    fn cancel_before_shield_is_delivered_after_it<S>(fx: &Fixture<S>) {
        let (shielded, go, whole, after) = (Gate::new(), Gate::new(), Tally::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (own, begins, waits) = (n.clone(), shielded.clone(), go.clone());
            let (finishes, goes_on, faults) = (whole.clone(), after.clone(), fx.faults());
            n.spawn_until_cancelled(async move {
                own.cancel("before the shield");
                async {
                    begins.open();
                    waits.wait().or_cancelled().await.unwrap();
                    yield_once().or_cancelled().await.unwrap();
                    faults.expect(!is_cancelled(), "the shield let a request through");
                    finishes.add();
                }.shielded().await;
                yield_once().await;
                goes_on.add();
            });
            shielded.wait().await;
            go.open();
        }));
        assert_eq!((whole.count(), after.count()), (1, 0));
    }

    /// In a cancelled task it is known of each operation whether it gives way, and how often it suspends.
    #[case("system/cancel-points-are-known", must, laws = [291])]
    fn cancel_points_are_known<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("enough");
            // These tell.
            assert!(checkpoint().is_err());
            assert_eq!(suspensions(cancelled()).await.0, 0);
            let (times, region) = suspensions(pending::<()>().or_cancelled()).await;
            assert_eq!((times, region.is_err()), (0, true));
            // A value comes first.
            let (times, region) = suspensions(ready(7).or_cancelled()).await;
            assert_eq!((times, region.ok()), (0, Some(7)));
            // These do not look.
            assert_eq!(suspensions(yield_now()).await, (1, ()));
            assert_eq!(suspensions(settle()).await, (0, ()));
            assert_eq!(suspensions(yield_once().shielded()).await, (1, ()));
            assert_eq!(suspensions(Builder::on(&fx.runtime()).run(async |_| 7)).await, (0, 7));
            let child = n.spawn_with_handle(async { 7 });
            while !child.is_finished() {
                yield_once().await;
            }
            assert_eq!(suspensions(child).await.1.ok(), Some(7));
        }));
    }
}

/// How often `future` suspends, and what it gives.
async fn suspensions<F: Future>(future: F) -> (usize, F::Output) {
    let (mut future, mut times) = (pin!(future), 0);
    let output = poll_fn(|cx| {
        let polled = future.as_mut().poll(cx);
        times += usize::from(polled.is_pending());
        polled
    });
    let output = output.await;
    (times, output)
}
