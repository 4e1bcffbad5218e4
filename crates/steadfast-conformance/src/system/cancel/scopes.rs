//! Scopes of their own: what their handles know, what they leave behind, and who gets the credit.

use std::future::pending;

use steadfast_core::{Builder, CancelScope, ChildState, FutureExt, checkpoint, is_cancelled};

use super::{Problem, text};
use crate::probe::{Gate, Tally, yield_once};

crate::suite::cases! {
    system_cancel_scopes_tests in system;

    /// A scope that was cancelled and met no mark was cancelled and not obeyed; code after it is not touched.
    #[case("system/scope-unobserved-leaks-nothing", must, laws = [74, 75])]
    fn scope_unobserved_leaks_nothing<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let scope = CancelScope::new();
            let handle = scope.handle();
            let value = scope.run(async {
                handle.cancel("nobody listens");
                yield_once().await;
                7
            }).await;
            assert_eq!(value, 7);
            assert!(handle.was_cancelled() && !handle.was_obeyed());
            assert!(!is_cancelled() && checkpoint().is_ok() && !n.is_cancelled());
            assert!(yield_once().or_cancelled().await.is_ok());
        }));
    }

    /// A scope that was cancelled before it is entered starts its body, and the first mark tells.
    #[case("system/scope-cancelled-before-entry-starts", must, laws = [76, 77])]
    fn scope_cancelled_before_entry_starts<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let scope = CancelScope::new();
            let handle = scope.handle();
            assert!(!handle.was_cancelled() && handle.reason().is_none());
            handle.cancel("before");
            handle.cancel("again");
            assert!(handle.was_cancelled() && !handle.was_obeyed());
            let begun = Tally::new();
            let first = scope.run(async {
                begun.add();
                checkpoint()
            }).await;
            assert_eq!(begun.count(), 1);
            assert_eq!(text(first.err().as_ref().map(|c| c.reason())), Some("before"));
            assert!(handle.was_obeyed());
        }));
    }

    /// A scope that nobody cancelled says so, and a request after its end does nothing to the code after it.
    #[case("system/scope-not-cancelled-says-so", must, laws = [74])]
    fn scope_not_cancelled_says_so<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let scope = CancelScope::new();
            let handle = scope.handle();
            scope.run(yield_once()).await;
            assert!(!handle.was_cancelled() && !handle.was_obeyed() && handle.reason().is_none());
            handle.cancel("too late");
            assert!(!is_cancelled() && checkpoint().is_ok());
        }));
    }

    /// Of two scopes that were both cancelled, the outermost takes the credit, whichever was cancelled first.
    #[case("system/scope-outermost-takes-credit", must, laws = [81])]
    fn scope_outermost_takes_credit<S>(fx: &Fixture<S>) {
        for outer_first in [true, false] {
            fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
                let (outer, inner) = (CancelScope::new(), CancelScope::new());
                let (a, b) = (outer.handle(), inner.handle());
                let ended = outer.run(inner.run(async {
                    let [first, second] = if outer_first { [&a, &b] } else { [&b, &a] };
                    first.cancel("first");
                    second.cancel("second");
                    pending::<()>().or_cancelled().await
                })).await;
                assert!(ended.is_err());
                assert_eq!((a.was_obeyed(), b.was_obeyed()), (true, false));
                assert!(a.was_cancelled());
            }));
        }
    }

    /// A scope that only passed on the request of the scope around it was not cancelled itself.
    #[case("system/scope-inside-cancelled-one-is-not-cancelled", must, laws = [81])]
    fn scope_inside_cancelled_one_is_not_cancelled<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let (outer, inner) = (CancelScope::new(), CancelScope::new());
            let (a, b) = (outer.handle(), inner.handle());
            let ended = outer.run(inner.run(async {
                a.cancel("around");
                checkpoint()
            })).await;
            assert!(ended.is_err() && a.was_obeyed());
            assert!(!b.was_cancelled() && !b.was_obeyed());
            assert_eq!(text(b.reason().as_ref()), Some("around"));
        }));
    }

    /// A request from around that arrives while the inner one is handled takes the credit from then on, unless a shield lies
    /// between.
    #[case("system/scope-credit-stops-at-shield", must, laws = [82])]
    fn scope_credit_stops_at_shield<S>(fx: &Fixture<S>) {
        for shielded in [false, true] {
            fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
                let (outer, inner) = (CancelScope::new(), CancelScope::new());
                let (a, b) = (outer.handle(), inner.handle());
                let work = inner.run(async {
                    b.cancel("inner");
                    assert!(is_cancelled());
                    a.cancel("outer");
                    pending::<()>().or_cancelled().await
                });
                let ended = match shielded {
                    false => outer.run(work).await,
                    true => outer.run(work.shielded()).await,
                };
                assert!(ended.is_err());
                assert_eq!((a.was_obeyed(), b.was_obeyed()), (!shielded, shielded));
            }));
        }
    }

    /// Two nurseries, one after the other in one task: each feels its own cancellation, and nothing stays behind.
    #[case("system/scope-of-two-nurseries-in-a-row", must, laws = [74, 78, 96])]
    fn scope_of_two_nurseries_in_a_row<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |outer| {
            for words in ["first", "second"] {
                let seen = Builder::on(&rt).run(async |n| {
                    assert!(!is_cancelled() && !n.is_cancelled());
                    n.cancel(words);
                    pending::<()>().or_cancelled().await
                }).await;
                assert_eq!(text(seen.err().as_ref().map(|c| c.reason())), Some(words));
                assert!(!is_cancelled() && checkpoint().is_ok());
            }
            assert!(yield_once().or_cancelled().await.is_ok() && !outer.is_cancelled());
        }));
    }

    /// A nursery that was cancelled inside a child leaves that child as it was: a later error of it is a failure.
    #[case("system/scope-of-cancelled-nursery-leaves-no-excuse", must, laws = [96])]
    fn scope_of_cancelled_nursery_leaves_no_excuse<S>(fx: &Fixture<S>) {
        let rt = fx.runtime();
        let error = fx.block_on(Builder::on(&rt).try_run(async |n| {
            let inner = rt.clone();
            n.spawn(async move {
                let seen = Builder::on(&inner).run(async |deep| {
                    deep.cancel("only this one");
                    checkpoint()
                }).await;
                assert!(seen.is_err());
                Err(Problem::Real("later"))
            });
            Ok(())
        })).expect_err("the error was taken for an answer to a request");
        assert_eq!(error.primary().error(), Some(&Problem::Real("later")));
    }

    /// A child that cancels a scope of its own touches neither its nursery nor its siblings.
    #[case("system/scope-of-child-spares-nursery", must, laws = [80])]
    fn scope_of_child_spares_nursery<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let go = Gate::new();
            let waits = go.clone();
            let sibling = n.spawn_with_handle(async move {
                waits.wait().await;
                is_cancelled()
            });
            let child = n.spawn_with_handle(async {
                let scope = CancelScope::new();
                scope.handle().cancel("mine");
                let inside = scope.run(pending::<()>().or_cancelled()).await.is_err();
                (inside, checkpoint().is_ok())
            });
            assert_eq!(child.await.ok(), Some((true, true)));
            assert!(!n.is_cancelled());
            go.open();
            assert_eq!(sibling.await.ok(), Some(false));
        }));
    }

    /// Supervised children that are cancelled leave the nursery around theirs alone; an error that their nursery returns does
    /// not.
    #[case("system/scope-of-supervisor-spares-parent-unless-it-fails", must, laws = [102])]
    fn scope_of_supervisor_spares_parent_unless_it_fails<S>(fx: &Fixture<S>) {
        for fails in [false, true] {
            let rt = fx.runtime();
            let mut supervisor = None;
            let result = fx.block_on(Builder::on(&rt).try_run(async |n| {
                let inner = rt.clone();
                supervisor = Some(n.spawn_with_handle(async move {
                    let ended = Builder::on(&inner).try_run(async |deep| {
                        let child = deep.spawn_supervised(pending::<()>().or_cancelled());
                        deep.cancel("enough");
                        let told = child.await.is_ok_and(|ended| ended.is_err());
                        if fails { Err(Problem::Real("by itself")) } else { Ok(told) }
                    }).await;
                    ended.map_err(|error| error.into_primary().into_error().unwrap())
                }));
                let state = supervisor.as_ref().unwrap().wait().await;
                assert_eq!(state, if fails { ChildState::Failed } else { ChildState::Done });
                assert_eq!(n.is_cancelled(), fails);
                Ok::<(), Problem>(())
            }));
            assert_eq!(result.is_err(), fails);
        }
    }
}
