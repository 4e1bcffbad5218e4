//! What tests of nurseries are made with: a virtual clock, the moment when all is quiet, eager tasks, a look at what is left.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use steadfast_core::{
    Builder, CancelReason, Child, ChildState, FutureExt, Never, Nursery, Runtime, Timer, cancelled,
    is_cancelled, sleep,
};

use super::ledger::Ledger;
use crate::probe::{Eager, Faults, Gate, Tally, Virtual, leaks, yield_once};

crate::suite::cases! {
    system_test_kit_tests in system;

    /// When all tasks are blocked, the virtual clock jumps to the next deadline: hours pass in no time, and in order.
    ///
    /// In real time the case would outlast every limit that a suite gives it.
    #[case("system/virtual-clock-jumps", must, laws = [288])]
    fn virtual_clock_jumps<S>(fx: &Fixture<S>) {
        let clock = Virtual::new(fx.runtime());
        let (began, rung) = (clock.now(), Arc::new(Mutex::new(Vec::new())));
        let reason = clock.run(fx, Builder::on(&clock).deadline(HOUR).run(async |n| {
            for minutes in [50, 10, 30, 10] {
                let (clock, rung) = (clock.clone(), Arc::clone(&rung));
                n.spawn(async move {
                    sleep(MINUTE * minutes).await;
                    // Whoever can run holds the clock.
                    for _ in 0..20 {
                        yield_once().await;
                    }
                    rung.lock().unwrap().push((MINUTE * minutes, clock.now() - began));
                });
            }
            cancelled().await
        }));
        assert_eq!((reason, clock.now() - began), (CancelReason::Deadline, HOUR));
        let expected = [10, 10, 30, 50].map(|minutes| (MINUTE * minutes, MINUTE * minutes));
        assert_eq!(*rung.lock().unwrap(), expected, "set for, rung at");
    }

    /// Waiting for quiet returns once every other task is blocked, not while one that was asked to end is still at it, and
    /// before the clock jumps.
    #[case("system/idle-waits-until-all-are-blocked", must, laws = [289])]
    fn idle_waits_until_all_are_blocked<S>(fx: &Fixture<S>) {
        let clock = Virtual::new(fx.runtime());
        let (began, worked, ledger) = (clock.now(), Tally::new(), Ledger::default());
        clock.run(fx, Builder::on(&clock).slow_exit(HOUR * 2).run(async |n| {
            n.spawn(sleep(HOUR));
            let counts = worked.clone();
            n.spawn(async move {
                work(&counts).await;
                sleep(HOUR).await;
            });
            clock.idle().await;
            assert_eq!(worked.count(), STEPS, "somebody could still run");
            let child = wind_down(&n, &worked, &ledger);
            clock.idle().await;
            assert_eq!((worked.count(), child.state()), (STEPS, ChildState::Running));
            child.cancel("enough");
            clock.idle().await;
            assert_eq!((worked.count(), child.state()), (2 * STEPS, ChildState::Done), "still being cancelled");
            ledger.assert_all_closed_once(1);
            assert_eq!(clock.now(), began, "time passed while somebody waited for quiet");
        }));
        assert_eq!(clock.now() - began, HOUR);
    }

    /// On a runtime that polls new tasks inside `spawn`, the exit waits, the first failure asks the others to end, and a child
    /// that cancels its own nursery before it is first suspended ends it instead of hanging.
    #[case("system/eager-first-poll-keeps-the-promises", must, laws = [86, 287])]
    fn eager_first_poll_keeps_the_promises<S>(fx: &Fixture<S>) {
        let eager = Eager(fx.runtime());
        fx.block_on(async {
            eager_exit_waits(&eager).await;
            eager_failure_asks_the_others(&eager).await;
            eager_child_cancels_its_nursery(&eager).await;
        });
    }

    /// A test body that ends with children alive fails with the names of those; one that ends without has nothing to say.
    #[case("system/leak-check-names-what-is-left", must, laws = [293])]
    fn leak_check_names_what_is_left<S>(fx: &Fixture<S>) {
        let (forgetful, tidy, go) = (Faults::default(), Faults::default(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            for name in ["ended", "reader", "writer"] {
                let wait = go.wait();
                n.named(name).spawn(async move {
                    if name != "ended" {
                        wait.await;
                    }
                });
            }
            while n.len() > 2 {
                yield_once().await;
            }
            leaks(&n.tree()).into_iter().for_each(|text| forgetful.report(text));
            go.open();
            while !n.is_empty() {
                yield_once().await;
            }
            leaks(&n.tree()).into_iter().for_each(|text| tidy.report(text));
        }));
        assert_eq!(tidy.list(), [""; 0]);
        let [text] = &forgetful.list()[..] else {
            panic!("one text for all that is left: {:?}", forgetful.list());
        };
        let named = ["`reader`", "`writer`", "`ended`"].map(|name| text.matches(name).count());
        assert_eq!((named, text.contains("2 left")), ([1, 1, 0], true), "{text}");
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const STEPS: usize = 200;

/// Can run all the time, and counts its steps.
async fn work(steps: &Tally) {
    for _ in 0..STEPS {
        yield_once().await;
        steps.add();
    }
}

/// A child that works when it is asked to end, and has a guard to clean up after that.
fn wind_down<R: Runtime>(n: &Nursery<Never, R>, worked: &Tally, ledger: &Ledger) -> Child<()> {
    let (worked, ledger) = (worked.clone(), ledger.clone());
    n.spawn_with_handle(async move {
        let _guard = ledger.guard("db");
        _ = pending::<()>().or_cancelled().await;
        work(&worked).await;
    })
}

async fn eager_exit_waits<R: Runtime>(eager: &Eager<R>) {
    let (begun, ended) = (Tally::new(), Tally::new());
    Builder::on(eager)
        .run(async |n| {
            for turns in [0, 5] {
                let (begun, ended) = (begun.clone(), ended.clone());
                n.spawn(async move {
                    begun.add();
                    for _ in 0..turns {
                        yield_once().await;
                    }
                    ended.add();
                });
            }
            assert_eq!(begun.count(), 2, "this runtime is not eager");
        })
        .await;
    assert_eq!(ended.count(), 2);
}

async fn eager_failure_asks_the_others<R: Runtime>(eager: &Eager<R>) {
    let (waiting, asked) = (Tally::new(), Tally::new());
    let result = Builder::on(eager)
        .try_run(async |n| {
            for _ in 0..2 {
                let (waiting, asked) = (waiting.clone(), asked.clone());
                n.spawn(async move {
                    yield_once().await;
                    waiting.add();
                    cancelled().await;
                    asked.add();
                    Ok(())
                });
            }
            waiting.reached(2).await;
            n.spawn(async { Err("broken") });
            assert!(
                n.is_cancelled(),
                "a failure of a first poll is known when `spawn` returns"
            );
            n.spawn(async { Err("too late") });
            Ok(())
        })
        .await;
    let error = result.unwrap_err();
    assert_eq!(
        (error.primary().error(), error.others().len()),
        (Some(&"broken"), 1)
    );
    assert_eq!(asked.count(), 2);
}

async fn eager_child_cancels_its_nursery<R: Runtime>(eager: &Eager<R>) {
    let ended = Tally::new();
    let value = Builder::on(eager)
        .run(async |n| {
            let (own, ends, sibling) = (n.clone(), ended.clone(), ended.clone());
            n.spawn(async move {
                _ = pending::<()>().or_cancelled().await;
                sibling.add();
            });
            n.spawn(async move {
                own.cancel("before it was suspended");
                assert!(is_cancelled());
                _ = pending::<()>().or_cancelled().await;
                ends.add();
            });
            pending::<()>().or_cancelled().await.is_err()
        })
        .await;
    assert_eq!((value, ended.count()), (true, 2));
}
