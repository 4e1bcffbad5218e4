//! How blocking work ends: by itself, with its real result, helped by a hook, or with nobody left to hear of it.

use std::future::pending;

use steadfast_core::{
    Builder, CancelReason, ChildState, Never, Nursery, Report, Runtime, cancelled, checkpoint,
    is_cancelled,
};

use super::ledger::{Reports, poll_once};
use crate::probe::{Gate, OnDrop, Tally};

crate::suite::cases! {
    system_blocking_ends_tests in system;

    /// Work that cannot be aborted gives its real result although it was asked to end, and the request shows at the next mark of
    /// whoever waited for it.
    #[case("system/blocking-result-survives-a-request", capability(Blocking), laws = [71])]
    fn blocking_result_survives_a_request<S>(fx: &Fixture<S>) {
        let (started, proceed) = (Gate::new(), Gate::new());
        let (opens, waits) = (started.clone(), proceed.clone());
        let (result, next_mark) = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let child = n.spawn_blocking(move || {
                opens.open();
                waits.wait_blocking();
                (7, is_cancelled())
            });
            started.wait().await;
            n.cancel("enough");
            assert_eq!(child.state(), ChildState::Cancelling);
            n.cancel("once more");
            proceed.open();
            (child.await, checkpoint())
        }));
        assert_eq!(result.unwrap(), (7, true));
        let text = next_mark.expect_err("the request was lost").to_string();
        assert!(text.contains("enough"), "{text}");
    }

    /// Blocking work whose nursery was dropped with nobody around to adopt it ends when it ends: its result is dropped once, and
    /// nobody hears of it again.
    #[case("system/blocking-work-left-alone-ends-quietly", capability(Blocking), laws = [262], isolated)]
    fn blocking_work_left_alone_ends_quietly<S>(fx: &Fixture<S>) {
        let (reports, started, proceed, dropped) = (Reports::collect(), Gate::new(), Gate::new(), Tally::new());
        let (opens, waits, drops) = (started.clone(), proceed.clone(), dropped.clone());
        let result = OnDrop::new(move || { drops.add(); });
        fx.block_on(async {
            let mut nursery = Box::pin(Builder::on(&fx.runtime()).run(async |n| {
                drop(n.spawn_blocking(move || {
                    opens.open();
                    waits.wait_blocking();
                    result
                }));
                pending::<()>().await;
            }));
            assert!(poll_once(&mut nursery).await.is_pending());
            started.wait().await;
        });
        assert_eq!(reports.count(|report| matches!(report, Report::NotAdopted { children: 1, .. })), 1);
        assert_eq!(dropped.count(), 0);
        // The run is over, and the work is not.
        proceed.open();
        dropped.reached_blocking(1);
        assert_eq!((dropped.count(), reports.count(|_| true)), (1, 1));
    }

    /// A hook that waits for the request unblocks what blocks; when all ends by itself, it does nothing.
    #[case("system/blocking-work-unblocked-by-a-hook", capability(Blocking), laws = [263])]
    fn blocking_work_unblocked_by_a_hook<S>(fx: &Fixture<S>) {
        for asked in [true, false] {
            let (started, unblocked, proceed) = (Gate::new(), Tally::new(), Gate::new());
            let (opens, waits) = (started.clone(), proceed.clone());
            let (counts, releases) = (unblocked.clone(), proceed.clone());
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                drop(n.spawn_blocking(move || {
                    opens.open();
                    waits.wait_blocking();
                }));
                on_request(&n, move || {
                    counts.add();
                    releases.open();
                });
                started.wait().await;
                if asked {
                    n.cancel("enough");
                } else {
                    proceed.open();
                }
            }));
            assert_eq!(unblocked.count(), usize::from(asked));
        }
    }
}

/// Calls `hook` if the nursery is asked to end before all foreground work has finished.
fn on_request<R: Runtime>(n: &Nursery<Never, R>, hook: impl FnOnce() + Send + 'static) {
    n.spawn_background(async {
        if cancelled().await != CancelReason::Finished {
            hook();
        }
    });
}
