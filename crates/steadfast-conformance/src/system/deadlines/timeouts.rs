//! `timeout`: the deadline that drops, and what it tells apart.

use std::future::{pending, ready};
use std::time::Duration;

use steadfast_core::{
    Builder, CancelScope, FutureExt, TimedOut, assert_cancel_safe, cancelled, checkpoint, sleep,
    timeout, yield_now,
};

use super::{HOUR, SOON, spin_until};
use crate::probe::{Gate, Probe, Tally, many};

crate::suite::cases! {
    system_deadlines_timeouts_tests in system;

    /// A timeout that passes gives an error of its own, never early, that names the line; what was inside is dropped.
    #[case("system/timeout-gives-timed-out", capability(Timers), laws = [105, 129])]
    fn timeout_gives_timed_out<S>(fx: &Fixture<S>) {
        let (rt, probe) = (fx.runtime(), Probe::new(&fx.faults()));
        fx.block_on(Builder::on(&rt).run(async |n| {
            let begin = rt.now();
            let (line, ended) = (line!(), timeout(SOON, assert_cancel_safe(probe.pending())).await);
            assert!(rt.now() >= begin + SOON, "the timeout was early");
            let error: TimedOut = ended.expect_err("it was never ready");
            assert_eq!((error.origin().location().file(), error.origin().location().line()), (file!(), line));
            assert!(error.to_string().contains(&format!("{}:{line}", file!())), "{error}");
            assert_eq!(probe.drops().count(), 1);
            assert!(checkpoint().is_ok() && !n.is_cancelled());
        }));
    }

    /// A value, a request and a timeout are three outcomes, and none is taken for another.
    #[case("system/timeout-is-not-cancelled-is-not-value", capability(Timers), laws = [105, 118])]
    fn timeout_is_not_cancelled_is_not_value<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            assert!(matches!(timeout(HOUR, ready(7).or_cancelled()).await, Ok(Ok(7))));
            assert!(timeout(SOON, pending::<()>()).await.is_err());
            let scope = CancelScope::new();
            let handle = scope.handle();
            let asked = scope.run(async {
                handle.cancel("by hand");
                timeout(HOUR, pending::<()>().or_cancelled()).await
            }).await;
            assert!(matches!(asked, Ok(Err(_))), "an explicit request was taken for a timeout");
        }));
    }

    /// A value or an error that is there when the timeout has passed comes out as it is.
    #[case("system/timeout-yields-to-value-and-error", capability(Timers), laws = [120, 121])]
    fn timeout_yields_to_value_and_error<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let past = rt.now();
            assert_eq!(timeout(past, ready(7)).await.ok(), Some(7));
            assert_eq!(timeout(Duration::ZERO, ready(Err::<(), _>("broken"))).await.ok(), Some(Err("broken")));
            let late = assert_cancel_safe(async {
                spin_until(&rt, past + SOON);
                Err::<(), _>("late and broken")
            });
            assert_eq!(timeout(past + SOON, late).await.ok(), Some(Err("late and broken")));
        }));
    }

    /// A shield inside a timeout is finished first, and if a value comes out of that, it counts.
    #[case("system/timeout-finishes-shield-first", capability(Timers), laws = [120, 142, 151])]
    fn timeout_finishes_shield_first<S>(fx: &Fixture<S>) {
        let (rt, steps) = (fx.runtime(), Tally::new());
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let long = || async {
                sleep(SOON * 4).await;
                yield_now().await;
                steps.add();
                Err::<(), _>("broken")
            };
            let value = timeout(SOON, assert_cancel_safe(async { long().shielded().await })).await;
            assert_eq!(value.ok(), Some(Err("broken")));
            let dropped = timeout(SOON, assert_cancel_safe(async {
                _ = long().shielded().await;
                pending::<()>().await;
            })).await;
            assert!(dropped.is_err());
        }));
        assert_eq!(steps.count(), 2);
    }

    /// A timeout works in code that cleans up after a request, and under a shield.
    #[case("system/timeout-works-after-request", capability(Timers), laws = [122])]
    fn timeout_works_after_request<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |n| {
            n.cancel("enough");
            assert!(checkpoint().is_err());
            let begin = rt.now();
            assert!(timeout(SOON, pending::<()>()).await.is_err());
            assert!(rt.now() >= begin + SOON, "it passed at once because of the request");
            let inside = async {
                let begin = rt.now();
                timeout(SOON, pending::<()>().or_cancelled()).await.is_err() && rt.now() >= begin + SOON
            };
            assert!(inside.shielded().await);
            assert!(matches!(timeout(HOUR, sleep(SOON)).await, Ok(())));
        }));
    }

    /// A timeout around a nursery with many children gives one error, and all of them are gone when the nursery around
    /// returns.
    #[case("system/timeout-around-nursery-is-one-error", capability(Timers), laws = [123])]
    fn timeout_around_nursery_is_one_error<S>(fx: &Fixture<S>) {
        const CHILDREN: usize = 100;
        let (rt, told) = (fx.runtime(), Tally::new());
        let outcome = fx.block_on(Builder::on(&rt).run(async |_outer| {
            timeout(SOON, assert_cancel_safe(Builder::on(&rt).run(async |n| {
                for _ in 0..CHILDREN {
                    let counts = told.clone();
                    n.spawn(async move {
                        cancelled().await;
                        counts.add();
                    });
                }
                pending::<()>().await;
            }))).await
        }));
        assert!(outcome.is_err());
        assert_eq!(told.count(), CHILDREN);
    }

    /// A thousand children with short timeouts around longer waits all time out.
    #[case("system/timeout-of-a-thousand-children", capability(Timers), laws = [130])]
    fn timeout_of_a_thousand_children<S>(fx: &Fixture<S>) {
        let children = many(1_000);
        let timed_out = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            for child in 0..children {
                let counts = timed_out.clone();
                n.spawn(async move {
                    let short = Duration::from_millis(1 + child as u64 % 7);
                    if timeout(short, sleep(HOUR)).await.is_err() {
                        counts.add();
                    }
                });
            }
        }));
        assert_eq!(timed_out.count(), children);
    }

    /// A quiet deadline around does not absorb the error of a timeout inside.
    #[case("system/timeout-inside-quiet-deadline-comes-out", capability(Timers), laws = [115])]
    fn timeout_inside_quiet_deadline_comes_out<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let quiet = CancelScope::new().deadline(HOUR);
            let handle = quiet.handle();
            let ended = quiet.run(async { timeout(SOON, pending::<()>()).await }).await;
            assert!(ended.is_err());
            assert!(!handle.was_cancelled());
        }));
    }

    /// A future that was dropped half-way by a foreign race leaves its timeout without effect on what follows.
    #[case("system/timeout-dropped-half-way-leaves-nothing", capability(Timers), laws = [117])]
    fn timeout_dropped_half_way_leaves_nothing<S>(fx: &Fixture<S>) {
        use super::super::cancel::poll_with;
        let never = Gate::new();
        let rt = fx.runtime();
        // Where a thread is kept waiting for so long that the time is up before the drop, there is nothing to see: again.
        let drop_in_time = || loop {
            let (waker, end) = (crate::probe::CountingWaker::new(), rt.now() + SOON);
            let mut dropped = Box::pin(timeout(SOON, assert_cancel_safe(never.wait())));
            let polled = poll_with(dropped.as_mut(), &waker);
            drop(dropped);
            if rt.now() < end {
                assert!(polled.is_pending());
                return waker;
            }
        };
        let waker = fx.block_on(Builder::on(&rt).run(async |_n| {
            let waker = drop_in_time();
            spin_until(&rt, rt.now() + SOON * 2);
            assert!(matches!(timeout(HOUR, sleep(SOON)).await, Ok(())));
            assert!(checkpoint().is_ok());
            waker
        }));
        assert_eq!(waker.wakes(), 0);
    }
}
