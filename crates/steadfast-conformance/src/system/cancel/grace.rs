//! Grace: what becomes of children that ignore a request.

use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use steadfast_core::{AsyncDrop, AsyncDropGuard, Builder, ChildState, FutureExt, cancelled};

use super::text;
use crate::probe::{Gate, OnDrop, Probe, Tally, yield_once};

const GRACE: Duration = Duration::from_millis(5);

crate::suite::cases! {
    system_cancel_grace_tests in system;

    /// A child that ignores the request is dropped at a suspension once the grace is over, not before it, and its handle says
    /// that it was cancelled, and why.
    #[case("system/grace-drops-child-that-ignores-request", capability(Timers), laws = []; scope)]
    fn grace_drops_child_that_ignores_request<S>(fx: &Fixture<S>) {
        let (rt, probe) = (fx.runtime(), Probe::new(&fx.faults()));
        let dropped = fx.block_on(Builder::on(&rt).grace(GRACE).run(async |n| {
            let mut child = n.spawn_with_handle(probe.pending());
            probe.polls().reached(1).await;
            assert_eq!(child.state(), ChildState::Running);
            let asked = rt.now();
            n.cancel("leave");
            assert_eq!(child.wait().await, ChildState::Cancelled);
            assert!(rt.now() >= asked + GRACE, "the grace was cut short");
            child.try_take().expect("it has finished").expect_err("it had no value")
        }));
        assert!(dropped.is_cancelled());
        assert_eq!(text(dropped.cancel_reason()), Some("leave"));
        assert_eq!(probe.drops().count(), 1);
    }

    /// A child that is dropped after the grace has its destructors and then its clean-ups run, before the nursery returns.
    #[case("system/grace-runs-clean-ups", capability(Timers), laws = []; scope)]
    fn grace_runs_clean_ups<S>(fx: &Fixture<S>) {
        let (begun, steps) = (Gate::new(), fx.faults().steps(2));
        fx.block_on(Builder::on(&fx.runtime()).grace(GRACE).run(async |n| {
            let (opens, first, second) = (begun.clone(), steps.clone(), steps.clone());
            n.spawn(async move {
                let _guard = AsyncDropGuard::new(CleanUp(Box::new(move || second.reach(2))));
                let _first = OnDrop::new(move || first.reach(1));
                opens.open();
                pending::<()>().await;
            });
            begun.wait().await;
            n.cancel("leave");
        }));
    }

    /// A shield is finished although the grace is over; the child goes at the first suspension after it.
    #[case("system/grace-lets-shields-finish", capability(Timers), laws = []; scope)]
    fn grace_lets_shields_finish<S>(fx: &Fixture<S>) {
        let (over, begun, finished, after) = (Gate::new(), Tally::new(), Tally::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).grace(GRACE).run(async |n| {
            let (opens, begins) = (over.clone(), begun.clone());
            n.spawn(async move {
                let _end = OnDrop::new(move || opens.open());
                begins.add();
                pending::<()>().await;
            });
            let (waits, begins) = (over.clone(), begun.clone());
            let (finishes, goes_on) = (finished.clone(), after.clone());
            n.spawn(async move {
                async {
                    begins.add();
                    waits.wait().await;
                    yield_once().await;
                    finishes.add();
                }.shielded().await;
                pending::<()>().await;
                goes_on.add();
            });
            begun.reached(2).await;
            n.cancel("leave");
        }));
        assert_eq!((finished.count(), after.count()), (1, 0));
    }

    /// A nursery inside a child that is dropped after the grace goes to the nursery around, which waits for what is left in it.
    #[case("system/grace-leaves-nested-nursery-to-outer", capability(Timers), laws = [])]
    fn grace_leaves_nested_nursery_to_outer<S>(fx: &Fixture<S>) {
        let (rt, over, begun, finished) = (fx.runtime(), Gate::new(), Gate::new(), Tally::new());
        let ignores = Probe::new(&fx.faults());
        fx.block_on(Builder::on(&rt).grace(GRACE).run(async |n| {
            let (inner, opens, begins) = (rt.clone(), over.clone(), begun.clone());
            let (waits, finishes, lost) = (over.clone(), finished.clone(), ignores.pending());
            n.spawn(async move {
                let _end = OnDrop::new(move || opens.open());
                Builder::on(&inner).run(async |deep| {
                    deep.spawn(lost);
                    deep.spawn(async move {
                        async {
                            begins.open();
                            waits.wait().await;
                            yield_once().await;
                            finishes.add();
                        }.shielded().await;
                    });
                }).await;
            });
            begun.wait().await;
            ignores.polls().reached(1).await;
            n.cancel("leave");
        }));
        assert_eq!((finished.count(), ignores.drops().count()), (1, 1));
    }

    /// Who leaves within the grace is not dropped: its value is there.
    #[case("system/grace-spares-who-obeys", capability(Timers), laws = []; scope)]
    fn grace_spares_who_obeys<S>(fx: &Fixture<S>) {
        let hour = Duration::from_secs(3600);
        fx.block_on(Builder::on(&fx.runtime()).grace(hour).run(async |n| {
            let child = n.spawn_with_handle(async {
                cancelled().await;
                yield_once().await;
                7
            });
            n.cancel("leave");
            assert_eq!(child.await.ok(), Some(7));
        }));
    }
}

/// Yields, then calls.
struct CleanUp(Box<dyn Fn() + Send + Sync>);

impl AsyncDrop for CleanUp {
    async fn async_drop(self: Pin<&mut Self>) {
        yield_once().await;
        (self.0)();
    }
}
