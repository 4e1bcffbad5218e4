//! Deadlines that only ask: of scopes, of nurseries, of a single future.

use std::future::pending;
use std::time::Duration;

use steadfast_core::{
    Builder, CancelReason, CancelScope, FutureExt, cancelled, checkpoint, current_deadline,
    is_cancelled, sleep, with_deadline, yield_now,
};

use super::super::cancel::{Problem, text};
use super::{HOUR, SOON, spin_until};
use crate::probe::{Gate, Probe, Tally};

crate::suite::cases! {
    system_deadlines_scopes_tests in system;

    /// Without a deadline nothing fires, however long it takes.
    #[case("system/deadline-none-never-fires", capability(Timers), laws = [103])]
    fn deadline_none_never_fires<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            assert_eq!(current_deadline(), None);
            assert!(sleep(SOON).or_cancelled().await.is_ok());
            assert!(!n.is_cancelled() && current_deadline().is_none());
        }));
    }

    /// A scope whose deadline passes is left by its region, never early; code after it runs, and the handle says what happened.
    #[case("system/deadline-ends-region-quietly", capability(Timers), laws = [104, 129])]
    fn deadline_ends_region_quietly<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |n| {
            let scope = CancelScope::new().deadline(SOON);
            let (handle, begin) = (scope.handle(), rt.now());
            let ended = scope.run(pending::<()>().or_cancelled()).await;
            assert!(rt.now() >= begin + SOON, "the deadline was early");
            assert_eq!(ended.unwrap_err().reason(), &CancelReason::Deadline);
            assert!(handle.was_cancelled() && handle.was_obeyed());
            assert_eq!(handle.reason(), Some(CancelReason::Deadline));
            assert!(checkpoint().is_ok() && !n.is_cancelled());
        }));
    }

    /// A nursery whose deadline passes asks its body and its children to end; the value is the body's.
    #[case("system/deadline-of-nursery-asks-everybody", capability(Timers), laws = [104, 129])]
    fn deadline_of_nursery_asks_everybody<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        let begin = rt.now();
        let reasons = fx.block_on(Builder::on(&rt).deadline(SOON).run(async |n| {
            let child = n.spawn_with_handle(cancelled());
            [cancelled().await, child.await.unwrap(), n.cancel_reason().unwrap()]
        }));
        assert!(rt.now() >= begin + SOON, "the deadline was early");
        assert_eq!(reasons, [CancelReason::Deadline, CancelReason::Deadline, CancelReason::Deadline]);
    }

    /// A deadline of zero, or in the past, lets the body run to its first mark that waits.
    #[case("system/deadline-of-zero-runs-to-first-mark", capability(Timers), laws = [106])]
    fn deadline_of_zero_runs_to_first_mark<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let (begun, past) = (Tally::new(), rt.now());
            let ended = with_deadline(Duration::ZERO, async {
                begun.add();
                pending::<()>().or_cancelled().await
            }).await;
            assert!(ended.is_err());
            let ended = with_deadline(past, async {
                begun.add();
                pending::<()>().or_cancelled().await
            }).await;
            assert!(ended.is_err());
            let value = with_deadline(past, async {
                begun.add();
                7
            }).await;
            assert_eq!((begun.count(), value), (3, 7));
        }));
    }

    /// Code that has a deadline behind it and takes turns without ever waiting notices it at a checkpoint.
    #[case("system/deadline-is-noticed-without-waiting", capability(Timers), laws = [85, 107])]
    fn deadline_is_noticed_without_waiting<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let late = with_deadline(SOON, async {
                while checkpoint().is_ok() {
                    yield_now().await;
                }
                rt.now()
            });
            let begin = rt.now();
            assert!(late.await >= begin + SOON);
        }));
    }

    /// With its deadline behind it, code notices at the first checkpoint after it has yielded.
    #[case("system/deadline-behind-is-noticed-after-yield", capability(Timers), laws = [107])]
    fn deadline_behind_is_noticed_after_yield<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let noticed = with_deadline(SOON, async {
                spin_until(&rt, current_deadline().unwrap() + SOON);
                yield_now().await;
                checkpoint().is_err()
            });
            assert!(noticed.await);
        }));
    }

    /// With its deadline behind it, code notices at the first checkpoint after a sleep of no length.
    #[case("system/deadline-behind-is-noticed-after-zero-sleep", capability(Timers), laws = [107])]
    fn deadline_behind_is_noticed_after_zero_sleep<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let noticed = with_deadline(SOON, async {
                spin_until(&rt, current_deadline().unwrap() + SOON);
                sleep(Duration::ZERO).await;
                checkpoint().is_err()
            });
            assert!(noticed.await);
        }));
    }

    /// A relative deadline counts from the first poll, however long before the scope was made.
    #[case("system/deadline-counts-from-entry", capability(Timers), laws = [109, 133])]
    fn deadline_counts_from_entry<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        let early = Builder::on(&rt).deadline(HOUR);
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let scope = CancelScope::new().deadline(HOUR);
            let handle = scope.handle();
            let single = with_deadline(HOUR, async { current_deadline() });
            assert_eq!(handle.deadline(), None, "a relative deadline was known before the entry");
            let begin = rt.now();
            spin_until(&rt, begin + Duration::from_millis(1));
            let entry = rt.now();
            let inside = scope.run(async { (handle.deadline(), current_deadline()) }).await;
            assert!(inside.0 >= Some(entry + HOUR) && inside.0 == inside.1);
            assert!(single.await >= Some(entry + HOUR));
            let nursery = early.run(async |_n| current_deadline()).await;
            assert!(nursery >= Some(entry + HOUR));
        }));
    }

    /// A deadline beyond the range of the clock means never, and nothing overflows.
    #[case("system/deadline-beyond-clock-is-never", capability(Timers), laws = [108])]
    fn deadline_beyond_clock_is_never<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        let far = Builder::on(&rt).deadline(Duration::MAX);
        fx.block_on(far.run(async |n| {
            assert_eq!(current_deadline(), None);
            let scope = CancelScope::new().deadline(Duration::MAX);
            let handle = scope.handle();
            scope.run(async {
                assert_eq!((current_deadline(), handle.deadline()), (None, None));
                yield_now().await;
                handle.set_deadline(HOUR);
                assert!(current_deadline().is_some());
                handle.set_deadline(Duration::MAX);
                assert_eq!(current_deadline(), None);
                yield_now().await;
            }).await;
            n.set_deadline(Duration::MAX);
            assert_eq!(with_deadline(Duration::MAX, async { yield_now().await; 7 }).await, 7);
            assert_eq!(async { yield_now().await; 8 }.shielded().deadline(Duration::MAX).await, 8);
            assert!(!n.is_cancelled());
        }));
    }

    /// Code that is done in time is not touched when the deadline passes later.
    #[case("system/deadline-after-end-does-nothing", capability(Timers), laws = [117])]
    fn deadline_after_end_does_nothing<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let scope = CancelScope::new().deadline(HOUR);
            let handle = scope.handle();
            scope.run(async {
                yield_now().await;
                handle.set_deadline(SOON);
            }).await;
            let end = handle.deadline().expect("it has one");
            steadfast_core::sleep_until(end + SOON).await;
            assert!(!handle.was_cancelled() && handle.reason().is_none());
            assert!(!is_cancelled() && !n.is_cancelled());
        }));
    }

    /// An explicit request before the deadline is not a timeout, also when the exit takes until after it.
    #[case("system/deadline-after-request-is-no-timeout", capability(Timers), laws = [88, 118, 119])]
    fn deadline_after_request_is_no_timeout<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let scope = CancelScope::new().deadline(HOUR);
            let handle = scope.handle();
            scope.run(async {
                yield_now().await;
                handle.cancel("by hand");
                handle.set_deadline(SOON);
                assert!(pending::<()>().or_cancelled().await.is_err());
                steadfast_core::sleep_until(handle.deadline().unwrap() + SOON).await;
                yield_now().await;
            }).await;
            assert_eq!(text(handle.reason().as_ref()), Some("by hand"));
        }));
        let reason = fx.block_on(Builder::on(&fx.runtime()).deadline(SOON).run(async |n| {
            n.cancel("by hand");
            sleep(SOON * 3).await;
            n.cancel_reason()
        }));
        assert_eq!(text(reason.as_ref()), Some("by hand"));
    }

    /// A request after the deadline does not replace it as the reason.
    #[case("system/deadline-before-request-stands", capability(Timers), laws = [88])]
    fn deadline_before_request_stands<S>(fx: &Fixture<S>) {
        let reason = fx.block_on(Builder::on(&fx.runtime()).deadline(SOON).run(async |n| {
            cancelled().await;
            n.cancel("too late");
            n.cancel_reason()
        }));
        assert_eq!(reason, Some(CancelReason::Deadline));
    }

    /// A value, or an error, that comes after the deadline is what comes out; the handle says that the deadline had passed.
    #[case("system/deadline-late-value-is-value", capability(Timers), laws = [120, 121])]
    fn deadline_late_value_is_value<S>(fx: &Fixture<S>) {
        let result = fx.block_on(Builder::on(&fx.runtime()).deadline(SOON).try_run(async |_n| {
            let value = with_deadline(Duration::ZERO, async {
                cancelled().await;
                7
            }).await;
            assert_eq!(value, 7);
            let scope = CancelScope::new().deadline(Duration::ZERO);
            let handle = scope.handle();
            let late = scope.run(async {
                cancelled().await;
                Err::<(), _>("broken")
            }).await;
            assert_eq!(late, Err("broken"));
            assert!(handle.was_cancelled());
            cancelled().await;
            Err::<(), _>(Problem::Real("late and broken"))
        }));
        let error = result.expect_err("the error was lost");
        assert_eq!(error.primary().error(), Some(&Problem::Real("late and broken")));
        assert!(!error.is_cancelled());
        assert_eq!(error.cancel_reason(), Some(&CancelReason::Deadline));
    }

    /// When a nursery's deadline passes, children that had finished keep their values, and the rest say that they were
    /// cancelled, and why.
    #[case("system/deadline-keeps-finished-results", capability(Timers), laws = [131])]
    fn deadline_keeps_finished_results<S>(fx: &Fixture<S>) {
        let (mut done, mut rest) = (None, None);
        let rt = fx.runtime();
        let result = fx.block_on(Builder::on(&rt).deadline(HOUR).try_run(async |n| {
            let child = n.spawn_with_handle(async { Ok(7) });
            child.wait().await;
            done = Some(child);
            rest = Some(n.spawn_with_handle(async {
                pending::<()>().or_cancelled().await?;
                Ok(8)
            }));
            n.set_deadline(SOON);
            Ok::<(), Problem>(())
        }));
        assert!(result.is_ok());
        assert_eq!(done.unwrap().try_take().unwrap().ok(), Some(7));
        let error = rest.unwrap().try_take().unwrap().expect_err("it had no value");
        assert_eq!(error.cancel_reason(), Some(&CancelReason::Deadline));
    }

    /// What a child's own deadline cut short does not excuse an error that comes after it.
    #[case("system/deadline-of-child-excuses-no-later-error", capability(Timers), laws = [96])]
    fn deadline_of_child_excuses_no_later_error<S>(fx: &Fixture<S>) {
        let probe = Probe::new(&fx.faults());
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let slow = probe.pending();
            n.spawn(async {
                let region = with_deadline(SOON, slow.or_cancelled()).await;
                region.map_err(|_| Problem::Real("it took too long"))
            });
            Ok(())
        }));
        let error = result.expect_err("the error was lost");
        assert_eq!(error.primary().error(), Some(&Problem::Real("it took too long")));
        assert_eq!(probe.drops().count(), 1);
    }

    /// A region that has a value at the moment when its deadline has passed gives the value.
    #[case("system/deadline-yields-to-ready-value", capability(Timers), laws = [69])]
    fn deadline_yields_to_ready_value<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let value = Gate::new();
            let got = with_deadline(Duration::ZERO, async {
                cancelled().await;
                value.open();
                value.wait().or_cancelled().await
            }).await;
            assert!(got.is_ok());
        }));
    }
}
