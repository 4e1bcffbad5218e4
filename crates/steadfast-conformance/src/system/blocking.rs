//! Children that block a thread.

use steadfast_core::{Builder, ChildState, Report, checkpoint, is_cancelled};

use super::ledger::{Ledger, Oops, Reports, panic_of};
use crate::probe::{Gate, OnDrop, Tally};

crate::suite::cases! {
    system_blocking_tests in system;

    /// Blocking work is a child with a value, and the nursery waits for it although nobody awaits its handle.
    #[case("system/blocking-work-is-awaited", capability(Blocking), laws = [260])]
    fn blocking_work_is_awaited<S>(fx: &Fixture<S>) {
        let (started, proceed, finished) = (Gate::new(), Gate::new(), Tally::new());
        let (opens, waits, finishes) = (started.clone(), proceed.clone(), finished.clone());
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            drop(n.spawn_blocking(move || {
                opens.open();
                waits.wait_blocking();
                finishes.add();
            }));
            started.wait().await;
            // A thread cannot be interrupted: the request changes nothing.
            n.cancel("enough");
            let value = n.spawn_blocking(|| 7).await;
            assert_eq!((finished.count(), n.is_empty()), (0, false));
            proceed.open();
            value
        }));
        assert_eq!((value.unwrap(), finished.count()), (7, 1));
    }

    /// Blocking work can ask whether its nursery has been cancelled, and leave.
    #[case("system/blocking-work-sees-requests", capability(Blocking), laws = [261])]
    fn blocking_work_sees_requests<S>(fx: &Fixture<S>) {
        let (started, proceed) = (Gate::new(), Gate::new());
        let (opens, waits) = (started.clone(), proceed.clone());
        let seen = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let child = n.spawn_blocking(move || {
                let before = is_cancelled() || checkpoint().is_err();
                opens.open();
                waits.wait_blocking();
                (before, is_cancelled(), checkpoint().is_err())
            });
            started.wait().await;
            n.cancel("enough");
            proceed.open();
            child.await.unwrap()
        }));
        assert_eq!(seen, (false, true, true));
    }

    /// A request by handle reaches one piece of blocking work alone.
    #[case("system/blocking-work-cancelled-alone", capability(Blocking), laws = [190])]
    fn blocking_work_cancelled_alone<S>(fx: &Fixture<S>) {
        let (started, proceed) = (Tally::new(), Gate::new());
        let seen = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let children = [(), ()].map(|()| {
                let (starts, waits) = (started.clone(), proceed.clone());
                n.spawn_blocking(move || {
                    starts.add();
                    waits.wait_blocking();
                    is_cancelled()
                })
            });
            started.reached(2).await;
            children[0].cancel("you alone");
            assert_eq!(children[0].state(), ChildState::Cancelling);
            proceed.open();
            let [first, second] = children;
            (first.await.unwrap(), second.await.unwrap(), n.is_cancelled())
        }));
        assert_eq!(seen, (true, false, false));
    }

    /// Blocking work that is spawned into a cancelled nursery runs, and sees the request.
    #[case("system/blocking-work-in-cancelled-nursery", capability(Blocking), laws = [])]
    fn blocking_work_in_cancelled_nursery<S>(fx: &Fixture<S>) {
        let seen = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("enough");
            n.spawn_blocking(is_cancelled).await.unwrap()
        }));
        assert!(seen);
    }

    /// An error of blocking work fails the nursery.
    #[case("system/blocking-error", capability(Blocking), laws = [])]
    fn blocking_error<S>(fx: &Fixture<S>) {
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let child = n.spawn_blocking(|| Err::<u8, _>(Oops("broken")));
            assert!(child.await.unwrap_err().is_failed());
            Ok(())
        }));
        let error = outcome.expect_err("its child failed");
        assert_eq!(error.primary().error(), Some(&Oops("broken")));
    }

    /// A panic of blocking work goes on from the nursery, and its handle says that it was one.
    #[case("system/blocking-panic", capability(Blocking, Unwind), laws = [])]
    fn blocking_panic<S>(fx: &Fixture<S>) {
        let told = Tally::new();
        let text = panic_of(|| fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let child = n.spawn_blocking(|| panic!("broken"));
            let error: steadfast_core::ChildError = child.await.unwrap_err();
            if error.is_panic() {
                told.add();
            }
        })));
        assert_eq!((text.as_str(), told.count()), ("broken", 1));
    }

    /// A guard that is dropped inside blocking work is cleaned up before that work counts as finished.
    #[case("system/blocking-guard", capability(Blocking), laws = [])]
    fn blocking_guard<S>(fx: &Fixture<S>) {
        let (ledger, proceed) = (Ledger::default(), Gate::new());
        let (inside, gate) = (ledger.clone(), proceed.clone());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let child = n.spawn_blocking(move || drop(inside.gated_guard("db", &gate)));
            ledger.begun().reached(1).await;
            assert!(!child.is_finished());
            proceed.open();
            assert_eq!(child.wait().await, ChildState::Done);
            ledger.assert_all_closed_once(1);
        }));
    }

    /// Blocking work that the runtime no longer takes is refused or lost, told once, its captures are dropped, and nothing hangs.
    #[case("system/blocking-work-after-shutdown", capability(Blocking, Shutdown), laws = [224], isolated)]
    fn blocking_work_after_shutdown<S>(fx: &Fixture<S>) {
        let (reports, dropped) = (Reports::collect(), Tally::new());
        let drops = dropped.clone();
        let captured = OnDrop::new(move || { drops.add(); });
        let mut nursery = Box::pin(Builder::on(&fx.runtime()).run(async |n| {
            let child = n.spawn_blocking(move || drop(captured));
            child.wait().await
        }));
        fx.shutdown();
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let mut polled = nursery.as_mut().poll(&mut cx);
        // The pool may have taken the work and drop it on its own thread.
        dropped.reached_blocking(1);
        while polled.is_pending() {
            std::thread::yield_now();
            polled = nursery.as_mut().poll(&mut cx);
        }
        let state = match polled {
            std::task::Poll::Ready(state) => state,
            std::task::Poll::Pending => unreachable!("the loop has ended"),
        };
        let told = reports.count(|report| matches!(report, Report::Unreturned { .. } | Report::LostWork { .. }));
        // Or run it, when it was faster than its end.
        assert!(state == ChildState::Lost && told == 1 || state == ChildState::Done);
    }
}
