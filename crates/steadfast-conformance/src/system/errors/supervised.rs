//! Supervised children: what becomes of them is their handle's alone.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use steadfast_core::{
    Builder, CancelReason, CancelScope, ChildState, Report, cancelled, set_report_hook,
    take_report_hook,
};

use crate::probe::{Gate, Tally, yield_once};

use super::panics::throw;

crate::suite::cases! {
    system_supervised_tests in system;

    /// A supervised child that fails leaves siblings and nursery alone, and the nursery gives its own value.
    #[case("system/supervised-failure-is-the-handles", must, laws = [39]; scope)]
    fn supervised_failure_is_the_handles<S>(fx: &Fixture<S>) {
        let completed = Tally::new();
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let (go, sibling) = (Gate::new(), completed.clone());
            let wait = go.wait();
            n.spawn(async move {
                wait.await;
                sibling.add();
                Ok::<_, &str>(())
            });
            let failing = n.spawn_supervised(async { Err::<(), _>("its own") });
            assert_eq!(failing.wait().await, ChildState::Done);
            assert!(!n.is_cancelled());
            go.open();
            Ok((failing.await.expect("an error is a value here"), 7))
        }));
        assert_eq!((result.ok(), completed.count()), (Some((Err("its own"), 7)), 1));
    }

    /// A supervised child that panics leaves siblings and nursery alone; its handle has the payload.
    #[case("system/supervised-panic-is-the-handles", capability(Unwind), laws = [39]; scope)]
    fn supervised_panic_is_the_handles<S>(fx: &Fixture<S>) {
        let completed = Tally::new();
        let payload = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (go, sibling) = (Gate::new(), completed.clone());
            let wait = go.wait();
            n.spawn(async move {
                wait.await;
                sibling.add();
            });
            let failing = n.spawn_supervised(async { throw(7_u32) });
            assert_eq!(failing.wait().await, ChildState::Panicked);
            assert!(!n.is_cancelled());
            go.open();
            failing.await.unwrap_err().into_panic()
        }));
        let payload = payload.expect("the payload is the handle's");
        assert_eq!((payload.downcast_ref::<u32>(), completed.count()), (Some(&7), 1));
    }

    /// A supervised child whose future panics when it is dropped leaves siblings and nursery alone, too.
    #[case("system/supervised-panic-in-destructor-is-the-handles", capability(Unwind), laws = [39]; scope)]
    fn supervised_panic_in_destructor_is_the_handles<S>(fx: &Fixture<S>) {
        let n_cancelled = fx.block_on(crate::system::errors::panics::caught(Builder::on(&fx.runtime()).run(async |n| {
            let bomb = crate::system::errors::panics::Bomb::in_drop(7);
            let failing = n.spawn_supervised(bomb);
            failing.wait().await;
            let error = failing.await.expect_err("it has panicked");
            (n.is_cancelled(), error.into_panic())
        })));
        let (is_cancelled, payload) = n_cancelled.expect("a supervised panic is not the nursery's");
        assert!(!is_cancelled);
        assert_eq!(payload.unwrap().downcast_ref::<u32>(), Some(&7));
    }

    /// With supervised children a failure ends nobody: all run to their end, and every outcome is there to be read.
    #[case("system/supervised-children-all-finish", must, laws = [36]; scope)]
    fn supervised_children_all_finish<S>(fx: &Fixture<S>) {
        let outcomes = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let children: Vec<_> = (0..10).map(|number| n.spawn_supervised(async move {
                for _ in 0..number {
                    yield_once().await;
                }
                if number % 2 == 0 { Err(number) } else { Ok(number) }
            })).collect();
            let mut outcomes = Vec::new();
            for child in children {
                outcomes.push(child.await.expect("nobody panicked, nobody was asked to end"));
            }
            outcomes
        }));
        let expected = (0..10).map(|number| if number % 2 == 0 { Err(number) } else { Ok(number) });
        assert!(outcomes.into_iter().eq(expected));
    }

    /// If the body fails, supervised children are asked to end like others, and the body's error comes out.
    #[case("system/supervised-children-end-with-failed-body", must, laws = [40]; scope)]
    fn supervised_children_end_with_failed_body<S>(fx: &Fixture<S>) {
        let mut handles = Vec::new();
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            for _ in 0..3 {
                handles.push(n.spawn_supervised(async { cancelled().await }));
            }
            Err::<(), _>("broken")
        }));
        assert_eq!(result.unwrap_err().into_primary().into_error(), Some("broken"));
        for mut handle in handles {
            let reason = handle.try_take().expect("waited for").expect("it returned");
            assert_eq!(reason, CancelReason::BodyFailed);
        }
    }

    /// If the task around is asked to end, supervised children are asked, and waited for.
    #[case("system/supervised-children-end-with-outer-scope", must, laws = [41]; scope)]
    fn supervised_children_end_with_outer_scope<S>(fx: &Fixture<S>) {
        let (scope, ended) = (CancelScope::new(), Tally::new());
        let handle = scope.handle();
        fx.block_on(scope.run(Builder::on(&fx.runtime()).run(async |n| {
            for _ in 0..3 {
                let ended = ended.clone();
                drop(n.spawn_supervised(async move {
                    cancelled().await;
                    yield_once().await;
                    ended.add();
                }));
            }
            handle.cancel("enough");
        })));
        assert_eq!(ended.count(), 3);
    }

    /// The panic of a supervised child that nobody takes from its handle is reported, exactly once.
    #[case("system/supervised-panic-unseen-is-reported-once", capability(Unwind), laws = [42], isolated)]
    fn supervised_panic_unseen_is_reported_once<S>(fx: &Fixture<S>) {
        let (unreturned, texts) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (counts, keeps) = (Arc::clone(&unreturned), Arc::clone(&texts));
        set_report_hook(move |report| {
            if matches!(report, Report::Unreturned { .. }) {
                counts.fetch_add(1, Ordering::SeqCst);
            }
            keeps.lock().unwrap().push(report.to_string());
        });
        let taken = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            drop(n.named("unseen").spawn_supervised(async { throw("nobody looks") }));
            let waited = n.named("waited").spawn_supervised(async { throw("looked at, not taken") });
            assert_eq!(waited.wait().await, ChildState::Panicked);
            n.named("seen").spawn_supervised(async { throw("taken") }).await.is_err()
        }));
        take_report_hook();
        assert!(taken);
        let texts = texts.lock().unwrap();
        assert_eq!((unreturned.load(Ordering::SeqCst), texts.len()), (2, 2), "{texts:?}");
        assert_eq!(texts.iter().filter(|text| text.contains("nobody looks")).count(), 1, "{texts:?}");
        assert_eq!(texts.iter().filter(|text| text.contains("not taken")).count(), 1, "{texts:?}");
    }
}
