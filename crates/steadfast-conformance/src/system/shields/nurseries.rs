//! Shields and tasks: whom a shield protects, and whom it does not.

use std::future::pending;
use std::pin::Pin;

use steadfast_core::{
    AsyncDrop, AsyncDropGuard, Builder, CancelScope, ChildState, FutureExt, cancelled, checkpoint,
    is_cancelled,
};

use super::super::cancel::text;
use crate::probe::{Faults, Gate, OnDrop, Tally, yield_once};

crate::suite::cases! {
    system_shields_nurseries_tests in system;

    /// A body that shields itself protects itself, not the children of its nursery.
    #[case("system/shield-of-body-leaves-children-out", must, laws = [144]; scope)]
    fn shield_of_body_leaves_children_out<S>(fx: &Fixture<S>) {
        let gone = Gate::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let opens = gone.clone();
            n.spawn_until_cancelled(async move {
                let _end = OnDrop::new(move || opens.open());
                pending::<()>().await;
            });
            async {
                n.cancel("outside the shield");
                assert!(!is_cancelled());
                // Only the end of the child lets the body go on.
                gone.wait().or_cancelled().await.unwrap();
            }.shielded().await;
        }));
    }

    /// A shield around the call that spawns a child does not protect the child.
    #[case("system/shield-of-spawn-does-not-protect-child", must, laws = [145]; scope)]
    fn shield_of_spawn_does_not_protect_child<S>(fx: &Fixture<S>) {
        let seen = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let mut child = None;
            async { child = Some(n.spawn_with_handle(pending::<()>().or_cancelled())) }.shielded().await;
            n.cancel("enough");
            child.unwrap().await.unwrap()
        }));
        assert!(seen.is_err());
    }

    /// The children of a nursery that was opened in a shield are protected from outside: they say that nobody has asked them,
    /// and a request to their own nursery ends them.
    #[case("system/shield-protects-children-of-nursery-inside", must, laws = [146, 147]; scope)]
    fn shield_protects_children_of_nursery_inside<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |outer| {
            let seen = Builder::on(&rt).run(async |n| {
                let (begun, go, looked) = (Gate::new(), Gate::new(), Gate::new());
                let (opens, waits, tells) = (begun.clone(), go.clone(), looked.clone());
                let child = n.spawn_with_handle(async move {
                    opens.open();
                    waits.wait().or_cancelled().await.unwrap();
                    let protected = !is_cancelled() && checkpoint().is_ok();
                    tells.open();
                    (protected, cancelled().await)
                });
                begun.wait().await;
                outer.cancel("outside");
                assert!(!n.is_cancelled());
                go.open();
                let late = n.spawn_with_handle(async { is_cancelled() }).await;
                assert_eq!(late.ok(), Some(false));
                looked.wait().await;
                n.cancel("inside");
                child.await.unwrap()
            }).shielded().await;
            assert_eq!((seen.0, text(Some(&seen.1))), (true, Some("inside")));
            assert!(checkpoint().is_err());
        }));
    }

    /// A nursery in a shield in a region is finished, exit and all, before the region goes.
    #[case("system/shield-holds-for-exit-of-nursery-inside", must, laws = [134, 146]; scope)]
    fn shield_holds_for_exit_of_nursery_inside<S>(fx: &Fixture<S>) {
        let (begun, go, finished, after) = (Gate::new(), Gate::new(), Tally::new(), Tally::new());
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |n| {
            let (inner, opens, waits) = (rt.clone(), begun.clone(), go.clone());
            let (finishes, goes_on) = (finished.clone(), after.clone());
            n.spawn_until_cancelled(async move {
                let count = Builder::on(&inner).run(async |deep| {
                    let counts = finishes.clone();
                    deep.spawn(async move {
                        opens.open();
                        waits.wait().await;
                        yield_once().await;
                        counts.add();
                    });
                }).shielded();
                count.await;
                finishes.add();
                pending::<()>().await;
                goes_on.add();
            });
            begun.wait().await;
            n.cancel("leave");
            go.open();
        }));
        assert_eq!((finished.count(), after.count()), (2, 0));
    }

    /// A child that is being started keeps its shield when its starter is cancelled, and is waited for.
    #[case("system/shield-of-starting-child-holds", must, laws = [149]; scope)]
    fn shield_of_starting_child_holds<S>(fx: &Fixture<S>) {
        let finished = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (begun, go) = (Gate::new(), Gate::new());
            let (opens, waits, counts) = (begun.clone(), go.clone(), finished.clone());
            let scope = CancelScope::new();
            let handle = scope.handle();
            n.spawn(async move {
                begun.wait().await;
                handle.cancel("the starter");
            });
            let started = scope.run(n.start(async move |ready| {
                async {
                    opens.open();
                    waits.wait().await;
                    assert!(!is_cancelled() && yield_once().or_cancelled().await.is_ok());
                    counts.add();
                }.shielded().await;
                assert!(is_cancelled(), "the child of a start that was cancelled was not asked to end");
                counts.add();
                ready.report(());
            }).or_cancelled()).await;
            assert!(started.is_err());
            assert!(!n.is_cancelled());
            go.open();
        }));
        assert_eq!(finished.count(), 2);
    }

    /// A handle tells the truth about a child that shields itself: it has been asked to end, whatever it sees itself.
    #[case("system/shield-does-not-deceive-handle", must, laws = [152]; scope)]
    fn shield_does_not_deceive_handle<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (begun, go) = (Gate::new(), Gate::new());
            let (opens, waits) = (begun.clone(), go.clone());
            let child = n.spawn_with_handle(async move {
                opens.open();
                waits.wait().await;
                is_cancelled()
            }.shielded());
            begun.wait().await;
            assert_eq!(child.state(), ChildState::Running);
            child.cancel("outside");
            assert_eq!(child.state(), ChildState::Cancelling);
            go.open();
            assert_eq!(child.await.ok(), Some(false));
        }));
    }

    /// A clean-up is shielded by itself: in a cancelled task it sees no request, and its own marks give way to nothing.
    #[case("system/shield-covers-clean-ups", must, laws = [134]; scope)]
    fn shield_covers_clean_ups<S>(fx: &Fixture<S>) {
        let (begun, cleaned) = (Gate::new(), Tally::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let opens = begun.clone();
            let value = Cleaned { done: cleaned.clone(), faults: fx.faults() };
            n.spawn_until_cancelled(async move {
                let _guard = AsyncDropGuard::new(value);
                opens.open();
                pending::<()>().await;
            });
            begun.wait().await;
            n.cancel("leave");
        }));
        assert_eq!(cleaned.count(), 1);
    }
}

/// Looks around in its clean-up.
struct Cleaned {
    done: Tally,
    faults: Faults,
}

impl AsyncDrop for Cleaned {
    async fn async_drop(self: Pin<&mut Self>) {
        let quiet = !is_cancelled() && checkpoint().is_ok();
        self.faults.expect(quiet, "a clean-up saw the request");
        let whole = yield_once().or_cancelled().await.is_ok();
        self.faults.expect(whole, "a region in a clean-up gave way");
        self.done.add();
    }
}
