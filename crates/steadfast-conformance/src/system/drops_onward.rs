//! What a dropped call leaves half-way finds its next owner: work that a scope had taken over, a grace that runs, a panic.

use std::future::pending;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use steadfast_core::{Builder, FutureExt, Report, closing, lost};

use super::ledger::{CleanUp, Door, Ledger, Reports, drop_when, panic_of, poll_once};
use crate::probe::{Gate, Probe, Tally, start, yield_once};

const GRACE: Duration = Duration::from_millis(5);

crate::suite::cases! {
    system_drops_onward_tests in system;

    /// Work that a scope had taken over is finished by the nursery around when the scope is dropped in its turn.
    #[case("system/onward-from-a-dropped-scope", must, laws = [297], isolated)]
    fn onward_from_a_dropped_scope<S>(fx: &Fixture<S>) {
        let (before, reports) = (lost(), Reports::collect());
        let (gate, begun, ended) = (Gate::new(), Gate::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let scope = Builder::on(&fx.runtime()).scope(async |s| {
                let (waits, ends) = (gate.wait(), ended.clone());
                let work = async move {
                    waits.await;
                    ends.add();
                };
                let mut half_way = Box::pin(work.must_complete());
                assert!(poll_once(&mut half_way).await.is_pending());
                drop(half_way);
                assert_eq!(s.len(), 1, "the scope has taken it over");
                begun.open();
                pending::<()>().await;
            });
            assert!(drop_when(scope, begun.wait()).await.is_none());
            assert_eq!((n.len(), ended.count()), (1, 0), "the nursery has taken it over");
            gate.open();
        }));
        assert_eq!((ended.count(), lost() - before, reports.count(|_| true)), (1, 0, 0));
    }

    /// Work that is to be finished within the grace is taken over like any other, and ended by the grace where it does not end by
    /// itself; its clean-up is awaited.
    #[case("system/onward-within-the-grace", capability(Timers), laws = [])]
    fn onward_within_the_grace<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        fx.block_on(Builder::on(&fx.runtime()).grace(GRACE).run(async |n| {
            let inside = ledger.clone();
            let work = async move {
                let _guard = inside.guard("never ends");
                pending::<()>().await;
            };
            let half_way = work.must_complete().within_grace();
            assert!(drop_when(half_way, yield_once()).await.is_none());
            assert_eq!(n.len(), 1, "the nursery has taken it over");
            n.cancel("enough");
        }));
        ledger.assert_all_closed_once(1);
    }

    /// Clean-ups that a scope ran for others are gone on with, and each runs once.
    #[case("system/onward-with-a-clean-up-that-has-begun", must, laws = [251], isolated)]
    fn onward_with_a_clean_up_that_has_begun<S>(fx: &Fixture<S>) {
        let (ledger, gate, before) = (Ledger::default(), Gate::new(), lost());
        let handed_over = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let scope = Builder::on(&fx.runtime()).scope(async |_s| {
                let guards = [ledger.gated_guard("first", &gate), ledger.guard("second")];
                // Dropped in a task that is not ours, they go to the scope in which they were made.
                start(&fx.runtime(), async move { drop(guards) }).wait().await.unwrap();
                handed_over.add();
                pending::<()>().await;
            });
            let half_way = async {
                ledger.begun().reached(1).await;
                handed_over.reached(1).await;
            };
            assert!(drop_when(scope, half_way).await.is_none());
            gate.open();
        }));
        ledger.assert_all_closed_once(2);
        assert_eq!(lost(), before);
    }

    /// The grace of a nursery that was dropped inside a scope goes on when the scope is dropped, too: a child that ignores the
    /// request is dropped.
    #[case("system/onward-with-the-grace-in-a-scope", capability(Timers), laws = [])]
    fn onward_with_the_grace_in_a_scope<S>(fx: &Fixture<S>) {
        let stuck = Probe::new(&fx.faults());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let scope = Builder::on(&fx.runtime()).scope(async |_s| {
                let inner = Builder::on(&fx.runtime()).grace(GRACE).run(async |n| {
                    n.spawn(stuck.pending());
                    pending::<()>().await;
                });
                assert!(drop_when(inner, stuck.polls().reached(1)).await.is_none());
                pending::<()>().await;
            });
            assert!(drop_when(scope, stuck.polls().reached(1)).await.is_none());
        }));
        assert_eq!(stuck.drops().count(), 1);
    }

    /// The grace of a nursery that a plain task of the runtime holds and drops is watched by the root.
    #[case("system/onward-with-the-grace-under-the-root", capability(Timers), laws = [], isolated)]
    fn onward_with_the_grace_under_the_root<S>(fx: &Fixture<S>) {
        let (stuck, runtime) = (Probe::new(&fx.faults()), fx.runtime());
        let (inside, polls) = (stuck.pending(), stuck.polls().clone());
        Builder::on(&fx.runtime()).block_on(&Door(fx), async move {
            let own = runtime.clone();
            let task = start(&runtime, async move {
                let inner = Builder::on(&own).grace(GRACE).run(async |n| {
                    n.spawn(inside);
                    pending::<()>().await;
                });
                assert!(drop_when(inner, polls.reached(1)).await.is_none());
            });
            task.wait().await.unwrap();
        });
        assert_eq!(stuck.drops().count(), 1);
    }

    /// The grace holds also for children that a clean-up of the body has spawned, after the body itself was counted out.
    #[case("system/onward-with-the-grace-after-the-body", capability(Timers), laws = [])]
    fn onward_with_the_grace_after_the_body<S>(fx: &Fixture<S>) {
        let stuck = Probe::new(&fx.faults());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let inner = Builder::on(&fx.runtime()).grace(GRACE).run(async |n| {
                let child = stuck.pending();
                drop(CleanUp::guard(move || async move {
                    n.spawn(child);
                }));
            });
            assert!(drop_when(inner, stuck.polls().reached(1)).await.is_none());
        }));
        assert_eq!(stuck.drops().count(), 1);
    }

    /// A call of `closing` that is dropped during its clean-up, after its body has panicked, tells of the panic.
    #[case("system/onward-with-the-panic-of-a-closing", capability(Unwind), laws = [], isolated)]
    fn onward_with_the_panic_of_a_closing<S>(fx: &Fixture<S>) {
        let (reports, ledger, gate) = (Reports::collect(), Ledger::default(), Gate::new());
        let resource = ledger.gated("db", &gate);
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let call = closing(resource, async |_db| panic!("in the body"));
            assert!(drop_when(call, ledger.begun().reached(1)).await.is_none());
            gate.open();
            yield_once().await;
        }));
        ledger.assert_all_closed_once(1);
        let told = |report: &Report| matches!(report, Report::Unreturned { child, what }
            if child.location().file() == file!() && what.contains("in the body"));
        assert_eq!((reports.count(told), reports.count(|_| true)), (1, 1));
    }

    /// A body of `closing` that panics, and whose locals panic when they are dropped: the first panic goes on, the other is told.
    #[case("system/onward-with-the-second-panic-of-a-closing", capability(Unwind), laws = [], isolated)]
    fn onward_with_the_second_panic_of_a_closing<S>(fx: &Fixture<S>) {
        let (reports, ledger) = (Reports::collect(), Ledger::default());
        let resource = ledger.resource("db");
        let text = panic_of(|| fx.block_on(async {
            let body = TwoPanics;
            closing(resource, |db| {
                drop(db);
                body
            }).await;
        }));
        assert_eq!(text, "the first");
        ledger.assert_all_closed_once(1);
        let told = |report: &Report| matches!(report, Report::Unreturned { what, .. } if what.contains("the second"));
        assert_eq!((reports.count(told), reports.count(|_| true)), (1, 1));
    }
}

/// A future that panics when it is polled, and when it is dropped.
struct TwoPanics;

impl Future for TwoPanics {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        panic!("the first")
    }
}

impl Drop for TwoPanics {
    fn drop(&mut self) {
        panic!("the second")
    }
}
