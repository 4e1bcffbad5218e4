//! The ends that nobody plans for: nobody around, a shutdown, a clean-up that fails in the background, a hook that panics.

use std::future::pending;
use std::time::Duration;

use steadfast_core::{
    AsyncDropGuard, Builder, CancelReason, FutureExt, Report, cancelled, lost, set_report_hook,
    shutdown, take_report_hook,
};

use super::ledger::{
    CleanUp, Door, Ledger, Oops, Reports, Resource, drop_when, panic_of, poll_once,
};
use crate::probe::{Gate, Tally, yield_once};

crate::suite::cases! {
    system_last_resort_tests in system;

    /// Children that are left behind with nobody around are told of, once and loudly, are asked to end, and clean up.
    #[case("system/last-resort-tells-of-children-left-behind", must, laws = [228, 239], isolated)]
    fn last_resort_tells_of_children_left_behind<S>(fx: &Fixture<S>) {
        let (reports, ledger, begun) = (Reports::collect(), Ledger::default(), Gate::new());
        let (inside, begins, proceed) = (ledger.clone(), begun.clone(), Gate::new());
        let waits = proceed.clone();
        fx.block_on(async {
            let nursery = Builder::on(&fx.runtime()).name("orphan").run(async |n| {
                n.spawn(async move {
                    let _guard = inside.guard("db");
                    begins.open();
                    cancelled().await;
                    waits.wait().await;
                });
                pending::<()>().await;
            });
            assert!(drop_when(nursery, begun.wait()).await.is_none());
            proceed.open();
            ledger.dropped().reached(1).await;
        });
        ledger.assert_all_closed_once(1);
        let names_it = |report: &Report| {
            let text = report.to_string();
            matches!(report, Report::NotAdopted { .. }) && text.contains("`orphan`") && text.contains("block_on")
        };
        assert_eq!((reports.count(names_it), reports.count(|_| true)), (1, 1));
    }

    /// Work that was left to the root and panics asks all the rest to end, and then ends the program with that panic.
    #[case("system/last-resort-panics-for-what-it-took-over", capability(Unwind), laws = [237], isolated)]
    fn last_resort_panics_for_what_it_took_over<S>(fx: &Fixture<S>) {
        let asked = Tally::new();
        let counts = asked.clone();
        let text = panic_of(|| Builder::on(&fx.runtime()).block_on(&Door(fx), async move {
            let work = async {
                yield_once().await;
                if cfg!(panic = "unwind") {
                    panic!("left to the root");
                }
            };
            let mut half_way = Box::pin(work.must_complete());
            assert!(poll_once(&mut half_way).await.is_pending());
            drop(half_way);
            if let CancelReason::Failed(_) = cancelled().await {
                counts.add();
            }
        }));
        assert_eq!((text.as_str(), asked.count()), ("left to the root", 1));
    }

    /// A nursery that has ended takes no clean-up: a value that was guarded in it and outlives everybody is reported lost, with
    /// its birthplace.
    #[case("system/last-resort-for-a-late-clean-up-is-a-report", must, laws = [250], isolated)]
    fn last_resort_for_a_late_clean_up_is_a_report<S>(fx: &Fixture<S>) {
        let (reports, before, ledger) = (Reports::collect(), lost(), Ledger::default());
        let guard: AsyncDropGuard<Resource> = fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            ledger.guard("late")
        }));
        drop(guard);
        assert_eq!((ledger.begun().count(), ledger.dropped().count(), lost() - before), (0, 1, 1));
        assert_eq!((reports.lost_clean_ups::<Resource>(), reports.count(|_| true)), (1, 1));
    }

    /// A clean-up that panics where no nursery will return is told with the birthplace of its value; the other clean-ups run, and
    /// the nursery around has its value.
    #[case("system/last-resort-tells-of-a-failed-clean-up", capability(Unwind), laws = [253], isolated)]
    fn last_resort_tells_of_a_failed_clean_up<S>(fx: &Fixture<S>) {
        let (reports, rt, ledger) = (Reports::collect(), fx.runtime(), Ledger::default());
        let (inside, begun) = (ledger.clone(), Gate::new());
        let begins = begun.clone();
        let (born, broken) = (line!(), CleanUp::guard(|| async { panic!("in a clean-up") }));
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let inner = Builder::on(&rt).run(async |n| {
                n.spawn(async move {
                    let _before = inside.guard("before");
                    let _broken = broken;
                    let _after = inside.guard("after");
                    begins.open();
                    cancelled().await;
                });
                pending::<()>().await;
            });
            assert!(drop_when(inner, begun.wait()).await.is_none());
            7
        }));
        assert_eq!(value, 7);
        ledger.assert_all_closed_once(2);
        let told = |report: &Report| matches!(report, Report::Unreturned { child, what }
            if child.location().line() == born && what.contains("in a clean-up"));
        assert_eq!((reports.count(told), reports.count(|_| true)), (1, 1));
    }

    /// After a shutdown neither a child that does not obey nor a clean-up without an end holds the program: the grace and the
    /// budget end both, and the loss is told.
    #[case("system/last-resort-caps-the-shutdown", capability(Timers), laws = [264], isolated)]
    fn last_resort_caps_the_shutdown<S>(fx: &Fixture<S>) {
        let (reports, rt, ledger) = (Reports::collect(), fx.runtime(), Ledger::default());
        let (inside, never, begun) = (ledger.clone(), Gate::new(), Gate::new());
        let root = Builder::on(&fx.runtime()).grace(SOON).cleanup_budget(SOON);
        root.block_on(&Door(fx), async move {
            Builder::on(&rt).run(async |n| {
                let begins = begun.clone();
                n.spawn(async move {
                    let _stuck = inside.gated_guard("stuck", &never);
                    begins.open();
                    pending::<()>().await;
                });
                begun.wait().await;
                shutdown();
            }).await;
        });
        assert_eq!((ledger.begun().count(), ledger.closed(), ledger.dropped().count()), (1, 0, 1));
        assert_eq!(reports.count(|report| report.to_string().contains("budget")), 1);
    }

    /// A failure during the shutdown is not taken for a part of it: the error of a child that fails by itself comes out, and that
    /// of one that fails after it gave way is told.
    #[case("system/last-resort-tells-of-failures-in-the-shutdown", must, laws = [265], isolated)]
    fn last_resort_tells_of_failures_in_the_shutdown<S>(fx: &Fixture<S>) {
        let reports = Reports::collect();
        for gives_way in [true, false] {
            let rt = fx.runtime();
            let outcome = Builder::on(&fx.runtime()).block_on(&Door(fx), async move {
                Builder::on(&rt).try_run(async |n| {
                    n.named("flusher").spawn(async move {
                        if gives_way {
                            _ = pending::<()>().or_cancelled().await;
                        } else {
                            cancelled().await;
                        }
                        yield_once().await;
                        Err(Oops("could not flush"))
                    });
                    shutdown();
                    Ok(())
                }).await
            });
            let told = |report: &Report| matches!(report, Report::Unreturned { child, .. }
                if child.name() == Some("flusher"));
            match outcome {
                Ok(()) => assert!(gives_way && reports.count(told) == 1),
                Err(error) => {
                    assert_eq!((gives_way, error.primary().error()), (false, Some(&Oops("could not flush"))));
                    assert_eq!(error.cancel_reason(), Some(&CancelReason::Shutdown));
                }
            }
        }
    }

    /// A report hook that panics is taken out and harms nobody: the child that caused the report goes on, and the next report
    /// does not go to the hook.
    #[case("system/last-resort-hook-that-panics-is-removed", capability(Unwind), laws = [56], isolated)]
    fn last_resort_hook_that_panics_is_removed<S>(fx: &Fixture<S>) {
        let (called, before, ended) = (Tally::new(), lost(), Tally::new());
        let (calls, ends) = (called.clone(), ended.clone());
        set_report_hook(move |_| {
            calls.add();
            panic!("in the hook");
        });
        let closed = fx.block_on(Builder::on(&fx.runtime()).run(async |n| n));
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn(async move {
                // Each is refused, and reported.
                for _ in 0..2 {
                    drop(closed.spawn(async {}));
                }
                ends.add();
            });
            7
        }));
        take_report_hook();
        assert_eq!((value, ended.count(), called.count(), lost() - before), (7, 1, 1, 2));
    }
}

const SOON: Duration = Duration::from_millis(5);
