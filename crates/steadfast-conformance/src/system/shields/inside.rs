//! A shield in one task: the code inside, and the regions around it.

use std::future::{pending, ready};
use std::time::Duration;

use steadfast_core::{
    Builder, CancelReason, CancelScope, FutureExt, cancel_reason, cancelled, checkpoint,
    current_deadline, is_cancelled, timeout, with_deadline,
};

use super::super::cancel::{poll_with, text};
use crate::probe::{CountingWaker, Gate, Probe, Tally, start, yield_once};

const SOON: Duration = Duration::from_millis(5);
const HOUR: Duration = Duration::from_secs(3600);

crate::suite::cases! {
    system_shields_inside_tests in system;

    /// Code in a shield goes on under a request from outside and sees nothing of it; the next mark after the shield tells.
    #[case("system/shield-hides-request-until-its-end", must, laws = [134, 137]; scope)]
    fn shield_hides_request_until_its_end<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (inside, go, steps) = (Gate::new(), Gate::new(), Tally::new());
            let (opens, waits, counts) = (inside.clone(), go.clone(), steps.clone());
            let child = n.spawn_with_handle(async move {
                async {
                    opens.open();
                    waits.wait().or_cancelled().await.unwrap();
                    assert!(!is_cancelled() && checkpoint().is_ok() && cancel_reason().is_none());
                    yield_once().or_cancelled().await.unwrap();
                    counts.add();
                }.shielded().await;
                checkpoint()
            });
            inside.wait().await;
            child.cancel("from outside");
            go.open();
            let after = child.await.unwrap().expect_err("the request was lost");
            assert_eq!((text(Some(after.reason())), steps.count()), (Some("from outside"), 1));
        }));
    }

    /// A region that is asked to end finishes the shield that has begun inside it, and goes at the first suspension after it.
    #[case("system/shield-in-region-finishes-first", must, laws = [134, 137]; scope)]
    fn shield_in_region_finishes_first<S>(fx: &Fixture<S>) {
        let (begun, go, finished, after) = (Gate::new(), Gate::new(), Tally::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (opens, waits) = (begun.clone(), go.clone());
            let (finishes, goes_on) = (finished.clone(), after.clone());
            n.spawn_until_cancelled(async move {
                async {
                    opens.open();
                    waits.wait().await;
                    yield_once().await;
                    finishes.add();
                }.shielded().await;
                pending::<()>().await;
                goes_on.add();
            });
            begun.wait().await;
            n.cancel("leave");
            // The region has been woken for the request by now or will be; only the gate lets it finish.
            yield_once().await;
            assert_eq!(finished.count(), 0);
            go.open();
        }));
        assert_eq!((finished.count(), after.count()), (1, 0));
    }

    /// A scope in a shield, and a scope deeper in it, can be cancelled by themselves.
    #[case("system/shield-lets-inner-requests-work", must, laws = [135, 136]; scope)]
    fn shield_lets_inner_requests_work<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            for deeper in [false, true] {
                let (scope, inner) = (CancelScope::new(), CancelScope::new());
                let handle = if deeper { inner.handle() } else { scope.handle() };
                let ended = scope.run(inner.run(async {
                    assert!(yield_once().or_cancelled().await.is_ok());
                    handle.cancel("inside");
                    pending::<()>().or_cancelled().await
                })).shielded().await;
                assert_eq!(text(ended.err().as_ref().map(|c| c.reason())), Some("inside"));
                assert!(handle.was_obeyed() && checkpoint().is_ok());
            }
        }));
    }

    /// When the inner of two shields has ended, the outer one still protects, also from the region around both.
    #[case("system/shields-nested-protect-to-the-last", must, laws = [138]; scope)]
    fn shields_nested_protect_to_the_last<S>(fx: &Fixture<S>) {
        let finished = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("already");
            let region = async {
                async {
                    async {
                        assert!(yield_once().or_cancelled().await.is_ok());
                    }.shielded().await;
                    assert!(yield_once().or_cancelled().await.is_ok());
                    yield_once().await;
                    finished.add();
                }.shielded().await;
                yield_once().await;
                finished.add();
            };
            assert!(region.or_cancelled().await.is_err());
        }));
        assert_eq!(finished.count(), 1);
    }

    /// Two shields, one after the other, both protect in a task that was cancelled before.
    #[case("system/shields-in-a-row-both-protect", must, laws = [139]; scope)]
    fn shields_in_a_row_both_protect<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("already");
            for _ in 0..2 {
                let inside = async { yield_once().or_cancelled().await.is_ok() && !is_cancelled() };
                assert!(inside.shielded().await);
                assert!(checkpoint().is_err(), "the request is gone after a shield");
            }
        }));
    }

    /// A region in a shield in a region: the inner region sees no request from outside, and ends for one from inside.
    #[case("system/shield-between-regions-parts-them", must, laws = [134, 136]; scope)]
    fn shield_between_regions_parts_them<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("outside");
            let (given, scope) = (Tally::new(), CancelScope::new());
            let handle = scope.handle();
            let outer = async {
                async {
                    assert!(yield_once().or_cancelled().await.is_ok());
                    given.add();
                    let inner = scope.run(async {
                        handle.cancel("inside");
                        pending::<()>().or_cancelled().await
                    }).await;
                    assert_eq!(text(inner.err().as_ref().map(|c| c.reason())), Some("inside"));
                    given.add();
                }.shielded().await;
                pending::<()>().await;
            };
            let ended = outer.or_cancelled().await;
            assert_eq!(text(ended.err().as_ref().map(|c| c.reason())), Some("outside"));
            assert_eq!(given.count(), 2);
        }));
    }

    /// A value or an error that comes out of a shield is what comes out of the region around it, whatever was asked meanwhile.
    #[case("system/shield-never-replaces-result", must, laws = [151]; scope)]
    fn shield_never_replaces_result<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("already");
            let long = |result: Result<u8, &'static str>| async move {
                yield_once().await;
                result
            };
            assert_eq!(long(Ok(7)).shielded().await, Ok(7));
            assert_eq!(long(Ok(7)).shielded().or_cancelled().await, Ok(Ok(7)));
            let in_block = async { long(Err("broken")).shielded().await };
            assert_eq!(in_block.or_cancelled().await, Ok(Err("broken")));
            assert_eq!(ready(8).shielded().await, 8);
        }));
    }

    /// A shield that is dropped half-way inside a region does not hold the region any longer.
    #[case("system/shield-dropped-half-way-lets-go", must, laws = [137]; scope)]
    fn shield_dropped_half_way_lets_go<S>(fx: &Fixture<S>) {
        let probe = Probe::new(&fx.faults());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("already");
            let inside = probe.pending();
            let region = async {
                {
                    let mut loser = Box::pin(inside.shielded());
                    assert!(poll_with(loser.as_mut(), &CountingWaker::new()).is_pending());
                }
                pending::<()>().await;
            };
            assert!(region.or_cancelled().await.is_err());
        }));
        assert_eq!(probe.drops().count(), 1);
    }

    /// Foreign code that drops the whole future drops a shield with it: no library can refuse that. This is a hole, and known.
    #[case("system/shield-is-no-help-against-foreign-drop", must, laws = [153]; scope)]
    fn shield_is_no_help_against_foreign_drop<S>(fx: &Fixture<S>) {
        let (probe, after) = (Probe::new(&fx.faults()), Tally::new());
        let (inside, counts) = (probe.pending(), after.clone());
        let mut foreign = Box::pin(async move {
            inside.shielded().await;
            counts.add();
        });
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            assert!(poll_with(foreign.as_mut(), &CountingWaker::new()).is_pending());
            drop(foreign);
            assert!(checkpoint().is_ok());
        }));
        assert_eq!((probe.drops().count(), after.count()), (1, 0));
    }

    /// Outside of every task a shield runs its future.
    #[case("system/shield-outside-of-tasks-runs", must, laws = [])]
    fn shield_outside_of_tasks_runs<S>(fx: &Fixture<S>) {
        let task = start(&fx.runtime(), async {
            yield_once().await;
            7
        }.shielded());
        assert_eq!(fx.block_on(task.wait()), Ok(7));
    }

    /// Two scopes around a shield, both cancelled: the first mark outside the shield tells, in the middle layer or in the
    /// outer one.
    #[case("system/shield-innermost-of-three-first-mark-tells", must, laws = [150]; scope)]
    fn shield_innermost_of_three_first_mark_tells<S>(fx: &Fixture<S>) {
        for in_middle in [true, false] {
            fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
                let (outer, middle) = (CancelScope::new(), CancelScope::new());
                let (a, b) = (outer.handle(), middle.handle());
                let told = outer.run(async {
                    let told = middle.run(async {
                        async {
                            b.cancel("middle");
                            a.cancel("outer");
                            assert!(yield_once().or_cancelled().await.is_ok());
                        }.shielded().await;
                        if in_middle { checkpoint() } else { Ok(()) }
                    }).await;
                    assert_eq!(told.is_err(), in_middle);
                    told.and(checkpoint())
                }).await;
                let expected = if in_middle { "middle" } else { "outer" };
                assert_eq!(text(told.err().as_ref().map(|c| c.reason())), Some(expected));
                assert!(checkpoint().is_ok());
            }));
        }
    }

    /// A shield with a deadline of its own: when that passes, the code inside is asked to end, and nobody else.
    #[case("system/shield-deadline-asks-inside", capability(Timers), laws = [142]; scope)]
    fn shield_deadline_asks_inside<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let ended = pending::<()>().or_cancelled().shielded().deadline(SOON).await;
            assert_eq!(ended.unwrap_err().reason(), &CancelReason::Deadline);
            assert!(checkpoint().is_ok() && !n.is_cancelled());
            let timed = async { timeout(SOON, pending::<()>()).await.is_err() };
            assert!(timed.shielded().await);
            n.cancel("outside");
            let inside = async {
                assert!(!is_cancelled());
                cancelled().await
            };
            assert_eq!(inside.shielded().deadline(SOON).await, CancelReason::Deadline);
            let region = async {
                _ = pending::<()>().or_cancelled().shielded().deadline(SOON).await;
                7
            };
            assert_eq!(region.or_cancelled().await, Ok(7), "the shield did not hold to its own end");
        }));
    }

    /// Clean-up after a request, in a shield, sees neither request nor deadline; after the shield both are back.
    #[case("system/shield-hides-deadline-until-its-end", capability(Timers), laws = [116, 143]; scope)]
    fn shield_hides_deadline_until_its_end<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).deadline(HOUR).run(async |n| {
            let around = current_deadline().unwrap();
            with_deadline(Duration::ZERO, async {
                assert!(pending::<()>().or_cancelled().await.is_err());
                async {
                    assert!(!is_cancelled() && current_deadline().is_none());
                    assert!(yield_once().or_cancelled().await.is_ok());
                }.shielded().await;
                assert!(is_cancelled() && current_deadline().is_some_and(|at| at < around));
            }).await;
            assert_eq!(current_deadline(), Some(around));
            assert!(!n.is_cancelled());
        }));
    }
}
