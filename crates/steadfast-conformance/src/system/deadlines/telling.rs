//! What a deadline that has passed says, what its owner does about it, and timeouts over work that runs elsewhere.

use std::error::Error;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::mpsc::channel;

use steadfast_core::{
    Builder, CancelReason, CancelScope, Cancelled, ChildState, assert_cancel_safe, cancelled,
    checkpoint, is_cancelled, timeout,
};

use super::{HOUR, SOON};
use crate::probe::{Gate, Probe, Tally, many, yield_once};
use crate::reference::Pool;

crate::suite::cases! {
    system_deadlines_telling_tests in system;

    /// The text of a timeout names the task that it was in: the child by its name, the body by that of its nursery.
    #[case("system/timeout-names-its-task", capability(Timers), laws = [125])]
    fn timeout_names_its_task<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).name("shop").run(async |n| {
            let of_body = timeout(SOON, pending::<()>()).await.unwrap_err();
            let child = n.named("fetch").spawn_with_handle(async { timeout(SOON, pending::<()>()).await });
            let of_child = child.await.unwrap().unwrap_err();
            let nameless = n.spawn_with_handle(async { timeout(SOON, pending::<()>()).await });
            assert_eq!(nameless.await.unwrap().unwrap_err().origin().name(), None);
            for (error, name) in [(of_body, "shop"), (of_child, "fetch")] {
                assert_eq!(error.origin().name(), Some(name));
                assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
            }
        }));
    }

    /// The cause of a timeout is the cancellation that it came from, which has no cause of its own.
    #[case("system/timeout-has-a-cause", capability(Timers), laws = [126])]
    fn timeout_has_a_cause<S>(fx: &Fixture<S>) {
        let error = fx.block_on(Builder::on(&fx.runtime()).run(async |_n| timeout(SOON, pending::<()>()).await));
        let error = error.unwrap_err();
        let cause = error.source().and_then(|cause| cause.downcast_ref::<Cancelled>());
        let cause = cause.expect("its cause is a cancellation");
        assert_eq!(cause.reason(), &CancelReason::Deadline);
        assert!(cause.source().is_none());
    }

    /// A scope whose deadline has passed before its entry is cancelled, and stays so when the deadline is moved on or away.
    #[case("system/deadline-passed-before-entry-stands", capability(Timers), laws = [127])]
    fn deadline_passed_before_entry_stands<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |_n| {
            let (passed, ahead) = (CancelScope::new().deadline(rt.now()), CancelScope::new().deadline(rt.now() + HOUR));
            let (late, early) = (passed.handle(), ahead.handle());
            assert!(late.was_cancelled() && !early.was_cancelled());
            for handle in [&late, &early] {
                handle.set_deadline(HOUR);
                handle.set_deadline(None);
            }
            assert_eq!((late.reason(), early.reason()), (Some(CancelReason::Deadline), None));
            assert!(passed.run(async { checkpoint() }).await.is_err());
            assert!(ahead.run(async { checkpoint() }).await.is_ok());
            assert!(late.was_cancelled() && !early.was_cancelled());
        }));
    }

    /// What the owner of a nursery does about its deadline runs once, in the owner's task, when everybody has been asked to end.
    #[case("system/deadline-policy-runs-once-in-the-owner", capability(Timers), laws = [132])]
    fn deadline_policy_runs_once_in_the_owner<S>(fx: &Fixture<S>) {
        let policy = Tally::new();
        let reasons = fx.block_on(Builder::on(&fx.runtime()).deadline(SOON).run(async |n| {
            let child = n.spawn_with_handle(async { cancelled().await });
            let reason = cancelled().await;
            policy.add();
            assert!(is_cancelled() && n.is_cancelled());
            assert_ne!(child.state(), ChildState::Running, "the child has not been asked yet");
            [reason, child.await.unwrap()]
        }));
        assert_eq!((reasons, policy.count()), ([CancelReason::Deadline, CancelReason::Deadline], 1));
    }

    /// A timeout over work on another runtime has it polled for its wakes and no more, and loses no value.
    #[case("system/timeout-over-foreign-work-loses-nothing", capability(Timers, Blocking), laws = [271])]
    fn timeout_over_foreign_work_loses_nothing<S>(fx: &Fixture<S>) {
        let other = Pool::new(2);
        let handle = other.handle();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            // A simulated clock does not see the other runtime, and stands still for blocking work alone.
            let (end, ended) = channel::<()>();
            drop(n.spawn_blocking(move || _ = ended.recv()));
            for round in 0..many(2_000) {
                let (probe, go) = (Probe::new(&fx.faults()), Gate::new());
                let waits = go.clone();
                let work = probe.future(move |_, cx| Pin::new(&mut waits.wait()).poll(cx));
                let there = Builder::on(&handle).run(async |n| {
                    let child = n.spawn_with_handle(async move {
                        work.await;
                        round
                    });
                    probe.polls().reached(1).await;
                    yield_once().await;
                    go.open();
                    child.await
                });
                let value = timeout(HOUR, assert_cancel_safe(there)).await;
                assert_eq!(value.unwrap().unwrap(), round);
                assert_eq!((probe.polls().count(), probe.drops().count()), (2, 1));
            }
            drop(end);
        }));
    }
}
