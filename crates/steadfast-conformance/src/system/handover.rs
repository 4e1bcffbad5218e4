//! What the report of a child that was started changes: whose requests reach it, whose its errors are, who has its value.

use steadfast_core::{
    Builder, CancelReason, CancelScope, Ready, StartError, cancelled, is_cancelled,
};

use super::cancel::text;
use super::ledger::Oops;
use crate::probe::Gate;

crate::suite::cases! {
    system_handover_tests in system;

    /// A child that reports although its caller was cancelled before is the nursery's from then on, with all its errors.
    #[case("system/handover-in-a-cancelled-context", must, laws = [176]; scope)]
    fn handover_in_a_cancelled_context<S>(fx: &Fixture<S>) {
        let go = Gate::new();
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let scope = CancelScope::new();
            scope.handle().cancel("before it began");
            let wait = go.wait();
            let started = scope.run(n.start(async move |ready| {
                ready.report(7);
                wait.await;
                Err(Oops("late"))
            }));
            assert_eq!(started.await.ok(), Some(7));
            assert!(!n.is_cancelled());
            go.open();
            Ok(())
        }));
        let error = outcome.expect_err("its child failed");
        assert_eq!((error.primary().error(), error.others().len()), (Some(&Oops("late")), 0));
    }

    /// A request to the caller's scope reaches a child that has reported no longer; one to the nursery does.
    #[case("system/handover-ends-the-callers-requests", must, laws = [180]; scope)]
    fn handover_ends_the_callers_requests<S>(fx: &Fixture<S>) {
        let (go, looked) = (Gate::new(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let scope = CancelScope::new();
            let caller = scope.handle();
            let (wait, looks, faults) = (go.wait(), looked.clone(), fx.faults());
            scope.run(async {
                let started = n.start(async move |ready: Ready<()>| {
                    ready.report(());
                    wait.await;
                    faults.expect(!is_cancelled(), "the caller's request reached a child of the nursery");
                    looks.open();
                    let reason: CancelReason = cancelled().await;
                    faults.expect(text(Some(&reason)) == Some("the nursery"), "somebody else has asked");
                });
                started.await.unwrap();
                caller.cancel("the caller alone");
                assert!(is_cancelled());
            }).await;
            go.open();
            looked.wait().await;
            n.cancel("the nursery");
        }));
    }

    /// A start gives both, where both are wanted: what was reported, and a handle to the value.
    #[case("system/handover-with-a-handle", must, laws = [184]; scope)]
    fn handover_with_a_handle<S>(fx: &Fixture<S>) {
        let go = Gate::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let wait = go.wait();
            let started = n.named("both").start_with_handle(async move |ready| {
                ready.report(7);
                wait.await;
                "the value"
            });
            let (reported, child) = started.await.unwrap();
            assert_eq!((reported, child.is_finished(), child.origin().name()), (7, false, Some("both")));
            go.open();
            assert_eq!(child.await.unwrap(), "the value");
        }));
    }

    /// With a handle as without one: an error before the report is the start's alone, and one after it is the nursery's.
    #[case("system/handover-with-a-handle-and-an-error", must, laws = [169, 171, 184]; scope)]
    fn handover_with_a_handle_and_an_error<S>(fx: &Fixture<S>) {
        let early = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let started = n.start_with_handle(async |_ready: Ready<u8>| Err::<(), _>(Oops("early")));
            assert!(matches!(started.await, Err(StartError::Failed(Oops("early")))));
            let silent = n.start_with_handle(async |_ready: Ready<u8>| Ok::<_, Oops>(7));
            assert!(matches!(silent.await, Err(StartError::NotReady)));
            Ok(())
        }));
        assert!(early.is_ok(), "an error before the report is not the nursery's");
        let late = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let started = n.start_with_handle(async |ready: Ready<u8>| {
                ready.report(7);
                Err::<(), _>(Oops("late"))
            });
            let Ok((_, child)) = started.await else {
                panic!("it has reported");
            };
            assert!(child.await.unwrap_err().is_failed());
            Ok(())
        }));
        assert_eq!(late.expect_err("its child failed").primary().error(), Some(&Oops("late")));
    }
}
