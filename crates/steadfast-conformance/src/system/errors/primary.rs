//! Which error stands first, and how often one is listed.

use std::sync::Arc;

use steadfast_core::{Builder, Failure, cancelled};

use super::mistake::Mistake;
use crate::probe::Tally;

crate::suite::cases! {
    system_primary_tests in system;

    /// The error of a body that fails first stays primary, whatever its children add when they are asked to end.
    #[case("system/errors-of-body-stay-primary", must, laws = [24]; scope)]
    fn errors_of_body_stay_primary<S>(fx: &Fixture<S>) {
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            for _ in 0..3 {
                n.spawn(async {
                    cancelled().await;
                    Err("child")
                });
            }
            Err::<(), _>("body")
        }));
        let error = result.unwrap_err();
        assert_eq!((error.primary().is_body(), error.primary().error()), (true, Some(&"body")));
        let others: Vec<_> = error.others().map(|one| (one.is_body(), one.error())).collect();
        assert_eq!(others, [(false, Some(&"child")); 3]);
    }

    /// An error has one owner: the nursery lists it once, and the handle of the child only says that it failed.
    #[case("system/errors-are-listed-once", must, laws = [25]; scope)]
    fn errors_are_listed_once<S>(fx: &Fixture<S>) {
        let broken = Arc::new(Mistake("broken"));
        let given = Arc::clone(&broken);
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let child = n.spawn_with_handle(async move { Err::<(), _>(given) });
            assert!(child.await.unwrap_err().is_failed());
            Ok(())
        }));
        let error = result.unwrap_err();
        assert_eq!(Arc::strong_count(&broken), 2, "ours, and the one in the error");
        let same = |one: &Failure<Arc<Mistake>>| one.error().is_some_and(|error| Arc::ptr_eq(error, &broken));
        assert_eq!(error.into_failures().filter(same).count(), 1);
    }

    /// Who wants the first error alone gets it by value; the others are dropped with the rest.
    #[case("system/errors-first-alone", must, laws = [37]; scope)]
    fn errors_first_alone<S>(fx: &Fixture<S>) {
        let dropped = Tally::new();
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let (first, second) = (Counted("first", dropped.clone()), Counted("second", dropped.clone()));
            n.spawn(async move {
                cancelled().await;
                Err(second)
            });
            n.spawn(async move { Err(first) });
            Ok(())
        }));
        let first = result.unwrap_err().into_error().expect("an error, not a panic");
        assert_eq!((first.0, dropped.count()), ("first", 1));
        drop(first);
        assert_eq!(dropped.count(), 2);
    }
}

/// An error that counts its drop.
#[derive(Debug)]
struct Counted(&'static str, Tally);

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.add();
    }
}
