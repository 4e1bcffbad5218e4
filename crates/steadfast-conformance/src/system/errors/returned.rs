//! Errors that the body and children return.

use std::error::Error;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use steadfast_core::{
    Builder, CancelReason, CancelScope, FutureExt, NurseryError, Ready, Runtime, cancelled,
    checkpoint, is_cancelled,
};

use super::mistake::{Cause, Mistake, nested};
use crate::probe::{Gate, Tally, many, yield_once};

crate::suite::cases! {
    system_returned_tests in system;

    /// The body's error comes out as it is, inside the nursery's error.
    #[case("system/errors-of-body-come-out", must, laws = [18, 31]; scope)]
    fn errors_of_body_come_out<S>(fx: &Fixture<S>) {
        let thrown = Arc::new("broken");
        let result = fx.block_on(Builder::on(&fx.runtime()).name("pool").try_run(async |_n| {
            Err::<(), _>(Arc::clone(&thrown))
        }));
        let error: NurseryError<Arc<&str>> = result.unwrap_err();
        assert!(error.primary().is_body() && !error.is_cancelled());
        assert_eq!(error.primary().child().name(), Some("pool"));
        assert_eq!((error.others().len(), error.after_cancel().len()), (0, 0));
        assert_eq!(error.cancel_reason(), Some(&CancelReason::BodyFailed));
        let came = error.into_primary().into_error().expect("an error, not a panic");
        assert!(Arc::ptr_eq(&came, &thrown));
    }

    /// The first error of a child asks the others to end, they are waited for, and it comes out once.
    #[case("system/errors-of-child-end-siblings", must, laws = [19, 46]; scope)]
    fn errors_of_child_end_siblings<S>(fx: &Fixture<S>) {
        let (ended, faults) = (Tally::new(), fx.faults());
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            for _ in 0..3 {
                let (ended, faults) = (ended.clone(), faults.clone());
                n.spawn(async move {
                    let reason = cancelled().await;
                    faults.expect(failed_by(&reason, "culprit"), "asked to end for another reason");
                    // Its own end takes a while, which the nursery must wait for.
                    for _ in 0..10 {
                        yield_once().await;
                    }
                    ended.add();
                    Ok(())
                });
            }
            n.named("culprit").spawn(async { Err("broken") });
            Ok(())
        }));
        let error = result.unwrap_err();
        assert_eq!(ended.count(), 3);
        assert_eq!(error.primary().error(), Some(&"broken"));
        assert_eq!(error.primary().child().name(), Some("culprit"));
        assert!(!error.primary().is_body() && error.others().len() == 0);
        assert!(failed_by(error.cancel_reason().unwrap(), "culprit"));
    }

    /// Errors of children that fail independently all come out, in the order in which they came.
    #[case("system/errors-come-out-in-order", must, laws = [20, 23, 31]; scope)]
    fn errors_come_out_in_order<S>(fx: &Fixture<S>) {
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let wait = async |reason| {
                cancelled().await;
                Err::<(), _>(reason)
            };
            let second = n.spawn_with_handle(wait("second"));
            n.spawn(async move {
                second.wait().await;
                Err("third")
            });
            n.spawn(async { Err("first") });
            Ok(())
        }));
        let error = result.unwrap_err();
        assert_eq!(error.primary().error(), Some(&"first"));
        let others: Vec<_> = error.others().map(|other| *other.error().unwrap()).collect();
        assert_eq!(others, ["second", "third"]);
        let all: Vec<_> = error.into_failures().map(|one| one.into_error().unwrap()).collect();
        assert_eq!(all, ["first", "second", "third"]);
    }

    /// If the body and a child fail, both errors come out; whoever failed first is primary.
    #[case("system/errors-of-body-and-child", must, laws = [21, 23]; scope)]
    fn errors_of_body_and_child<S>(fx: &Fixture<S>) {
        for body_first in [true, false] {
            let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
                let waits = async |waits: bool| {
                    if waits {
                        cancelled().await;
                    }
                };
                n.spawn(async move {
                    waits(body_first).await;
                    Err("child")
                });
                waits(!body_first).await;
                Err::<(), _>("body")
            }));
            let error = result.unwrap_err();
            let order: Vec<_> = error.into_failures().map(|one| (one.is_body(), one.into_error())).collect();
            let mut expected = [(true, Some("body")), (false, Some("child"))];
            if !body_first {
                expected.reverse();
            }
            assert_eq!(order, expected);
        }
    }

    /// A sibling that fails while it obeys adds its error; the one that began it all stays primary.
    #[case("system/errors-of-obeying-siblings-are-kept", must, laws = [22]; scope)]
    fn errors_of_obeying_siblings_are_kept<S>(fx: &Fixture<S>) {
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            n.named("cleaner").spawn(async {
                cancelled().await;
                yield_once().await;
                Err(Mistake("could not flush"))
            });
            n.named("obedient").spawn(async {
                pending::<()>().or_cancelled().await?;
                Ok(())
            });
            n.spawn(async { Err(Mistake("broken")) });
            Ok(())
        }));
        let error = result.unwrap_err();
        assert_eq!(error.primary().error(), Some(&Mistake("broken")));
        let others: Vec<_> = error.others().collect();
        assert_eq!(others.len(), 1);
        assert_eq!(others[0].error(), Some(&Mistake("could not flush")));
        assert_eq!(others[0].child().name(), Some("cleaner"));
        let after: Vec<_> = error.after_cancel().map(|one| one.child().name()).collect();
        assert_eq!(after, [Some("obedient")]);
    }

    /// Children that fail at the same instant lose no error and double none.
    #[case("system/errors-at-the-same-instant", must, laws = [20, 26]; scope)]
    fn errors_at_the_same_instant<S>(fx: &Fixture<S>) {
        for _ in 0..many(30) {
            let ready = Tally::new();
            let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
                for number in 0..32 {
                    let ready = ready.clone();
                    n.spawn(async move {
                        ready.add();
                        ready.reached(32).await;
                        Err(number)
                    });
                }
                Ok(())
            }));
            let failures = result.unwrap_err().into_failures();
            let mut numbers: Vec<i32> = failures.map(|one| one.into_error().unwrap()).collect();
            numbers.sort_unstable();
            assert!(numbers.iter().copied().eq(0..32), "{numbers:?}");
        }
    }

    /// A nursery's own requests are not among the errors, however deep the children that gave way.
    #[case("system/errors-leave-own-requests-out", must, laws = [27, 38]; scope)]
    fn errors_leave_own_requests_out<S>(fx: &Fixture<S>) {
        let (runtime, ready) = (fx.runtime(), Tally::new());
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            for depth in 0..4 {
                let (runtime, ready) = (runtime.clone(), ready.clone());
                n.spawn(async move { wait_below(runtime, depth, ready).await });
            }
            let waiting = ready.clone();
            n.spawn_until_cancelled(async move {
                waiting.add();
                pending::<()>().await;
            });
            ready.reached(5).await;
            n.spawn(async { Err(Mistake("broken")) });
            Ok(())
        }));
        let error = result.unwrap_err();
        assert_eq!(error.primary().error(), Some(&Mistake("broken")));
        assert_eq!(error.others().len(), 0, "{error:?}");
        assert!(!error.is_cancelled());
    }

    /// A request from around and no failure: one outcome comes out, and it says why.
    #[case("system/errors-of-outer-request-are-one", must, laws = [28]; scope)]
    fn errors_of_outer_request_are_one<S>(fx: &Fixture<S>) {
        let (scope, ready) = (CancelScope::new(), Tally::new());
        let handle = scope.handle();
        let result = fx.block_on(scope.run(Builder::on(&fx.runtime()).try_run(async |n| {
            for _ in 0..5 {
                let ready = ready.clone();
                n.spawn(async move {
                    ready.add();
                    pending::<()>().or_cancelled().await?;
                    Ok(())
                });
            }
            ready.reached(5).await;
            handle.cancel("enough");
            pending::<()>().or_cancelled().await?;
            Ok::<_, Mistake>(())
        })));
        let error = result.unwrap_err();
        assert!(error.is_cancelled() && error.primary().is_body());
        assert_eq!(error.others().len(), 0, "{error:?}");
        assert_eq!(asked_text(error.cancel_reason()), Some("enough"));
    }

    /// A request from around and a failure: the failure comes out, and the request still stands for its own scope.
    #[case("system/errors-leave-outer-request-pending", must, laws = [29, 30]; scope)]
    fn errors_leave_outer_request_pending<S>(fx: &Fixture<S>) {
        let scope = CancelScope::new();
        let handle = scope.handle();
        fx.block_on(scope.run(async {
            let result = Builder::on(&fx.runtime()).try_run(async |n| {
                n.spawn(async {
                    cancelled().await;
                    Err("broken")
                });
                handle.cancel("enough");
                Ok(())
            }).await;
            let error = result.unwrap_err();
            assert_eq!(error.primary().error(), Some(&"broken"));
            assert_eq!((error.others().len(), error.is_cancelled()), (0, false));
            // Nobody has given way so far, so the scope must not say that it was obeyed.
            assert!(handle.was_cancelled() && !handle.was_obeyed());
            let pending = checkpoint().expect_err("the request is still there");
            assert_eq!(asked_text(Some(pending.reason())), Some("enough"));
        }));
        assert!(handle.was_obeyed());
    }

    /// An inner nursery whose error the caller handles leaves the outer one alone.
    ///
    /// The outer one's children go on, and it can be spawned into.
    #[case("system/errors-handled-inside-leave-outer-alone", must, laws = [160, 163]; scope)]
    fn errors_handled_inside_leave_outer_alone<S>(fx: &Fixture<S>) {
        let (runtime, go, ended) = (fx.runtime(), Gate::new(), Tally::new());
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |outer| {
            let (waits, ends) = (go.clone(), ended.clone());
            outer.spawn(async move {
                waits.wait().await;
                ends.add();
            });
            let inner = Builder::on(&runtime).try_run(async |n| {
                n.spawn(async { Err("broken") });
                Ok(())
            });
            assert_eq!(inner.await.unwrap_err().into_error().ok(), Some("broken"));
            assert!(!outer.is_cancelled() && !is_cancelled() && checkpoint().is_ok());
            assert_eq!((outer.len(), ended.count()), (1, 0));
            let late = outer.spawn_with_handle(async { is_cancelled() }).await;
            go.open();
            late.unwrap()
        }));
        assert_eq!((value, ended.count()), (false, 1));
    }

    /// A failing nursery inside another can be found again in the outer error, level by level.
    #[case("system/errors-show-nesting", must, laws = [32, 34]; scope)]
    fn errors_show_nesting<S>(fx: &Fixture<S>) {
        let runtime = fx.runtime();
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            n.named("outer child").spawn(async move {
                let inner = Builder::on(&runtime).try_run(async |n| {
                    n.named("inner child").spawn(async { Err(Mistake("broken")) });
                    Ok(())
                });
                inner.await
            });
            Ok(())
        }));
        let outer = result.unwrap_err();
        assert_eq!(outer.primary().child().name(), Some("outer child"));
        let inner = outer.source().and_then(|source| source.downcast_ref::<NurseryError<Mistake>>());
        assert_eq!(inner.unwrap().primary().child().name(), Some("inner child"));
        let own = inner.unwrap().source().and_then(|source| source.downcast_ref::<Mistake>());
        assert_eq!(own, Some(&Mistake("broken")));
        assert!(own.unwrap().source().is_some_and(|cause| cause.is::<Cause>()));
    }

    /// An error that comes through `start` is the child's own, with its cause.
    #[case("system/errors-keep-their-cause-through-start", must, laws = [34]; scope)]
    fn errors_keep_their_cause_through_start<S>(fx: &Fixture<S>) {
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let started = n.start(|_ready: Ready<()>| async { Err(Mistake("broken")) });
            let error = started.await.unwrap_err();
            let own = error.source().and_then(|source| source.downcast_ref::<Mistake>());
            assert!(own.unwrap().source().is_some_and(|cause| cause.is::<Cause>()));
            Ok(error.into_error())
        }));
        assert_eq!(result.ok(), Some(Some(Mistake("broken"))));
    }

    /// An outer sibling's failure ends an inner nursery, and is the only error.
    #[case("system/errors-of-outer-sibling-end-inner-nursery", must, laws = [33]; scope)]
    fn errors_of_outer_sibling_end_inner_nursery<S>(fx: &Fixture<S>) {
        let (runtime, faults, inside) = (fx.runtime(), fx.faults(), Gate::new());
        let ended = Tally::new();
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let (opens, ended) = (inside.clone(), ended.clone());
            n.spawn(async move {
                let inner = Builder::on(&runtime).try_run(async |n| {
                    n.spawn(async move {
                        opens.open();
                        let reason = cancelled().await;
                        faults.expect(failed_by(&reason, "culprit"), "asked to end for another reason");
                        ended.add();
                        Ok(())
                    });
                    Ok(())
                });
                inner.await.map_err(|_: NurseryError<Mistake>| Mistake("inner"))
            });
            inside.wait().await;
            n.named("culprit").spawn(async { Err(Mistake("broken")) });
            Ok(())
        }));
        let error = result.unwrap_err();
        assert_eq!(error.primary().error(), Some(&Mistake("broken")));
        assert_eq!((error.others().len(), error.after_cancel().len(), ended.count()), (0, 0, 1));
    }

    /// However deep an error is nested, printing it asks each level once, and the text grows in step.
    #[case("system/errors-print-in-linear-size", must, laws = [35])]
    fn errors_print_in_linear_size<S>(fx: &Fixture<S>) {
        let lengths = [10, 20, 40].map(|depth| {
            let asked = Arc::new(AtomicUsize::new(0));
            let error = fx.block_on(nested(fx.runtime(), depth, Arc::clone(&asked)));
            let display = error.to_string().len();
            let asked_by_display = asked.swap(0, Ordering::SeqCst);
            let debug = format!("{error:?}").len();
            assert_eq!((asked_by_display, asked.load(Ordering::SeqCst)), (1, 1));
            (display, debug)
        });
        let [(d10, g10), (d20, g20), (d40, g40)] = lengths;
        assert_eq!((d40 - d20, g40 - g20), (2 * (d20 - d10), 2 * (g20 - g10)));
    }

    /// A body that fails right after a request has failed: the error wins.
    #[case("system/errors-win-over-request", must, laws = [43]; scope)]
    fn errors_win_over_request<S>(fx: &Fixture<S>) {
        for by_child in [false, true] {
            let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
                n.cancel("enough");
                if by_child {
                    n.spawn(async { Err("broken") });
                    return Ok(());
                }
                Err("broken")
            }));
            let error = result.unwrap_err();
            assert_eq!(error.primary().error(), Some(&"broken"));
            assert!(!error.is_cancelled());
            assert_eq!(asked_text(error.cancel_reason()), Some("enough"));
        }
    }

    /// A child that was asked alone to end, and obeys, touches neither its siblings nor the nursery.
    #[case("system/errors-leave-lone-request-to-its-child", must, laws = [44]; scope)]
    fn errors_leave_lone_request_to_its_child<S>(fx: &Fixture<S>) {
        let faults = fx.faults();
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let go = Gate::new();
            let wait = go.wait();
            n.spawn(async move {
                wait.await;
                faults.expect(checkpoint().is_ok(), "a sibling was asked to end");
                Ok(())
            });
            let alone = n.spawn_with_handle(async {
                pending::<()>().or_cancelled().await?;
                Ok(())
            });
            alone.cancel("you alone");
            let error = alone.await.unwrap_err();
            assert!(error.is_cancelled());
            assert_eq!(asked_text(error.cancel_reason()), Some("you alone"));
            assert!(!n.is_cancelled());
            go.open();
            checkpoint()?;
            Ok::<_, Mistake>(7)
        }));
        assert_eq!(result.ok(), Some(7));
    }
}

fn failed_by(reason: &CancelReason, name: &str) -> bool {
    matches!(reason, CancelReason::Failed(child) if child.name() == Some(name))
}

fn asked_text(reason: Option<&CancelReason>) -> Option<&str> {
    match reason? {
        CancelReason::Requested(request) => Some(request.text()),
        _ => None,
    }
}

/// Waits to be asked to end, so many nurseries deep, and passes the request on as an error at each level.
fn wait_below<R: Runtime>(
    runtime: R,
    depth: usize,
    ready: Tally,
) -> Pin<Box<dyn Future<Output = Result<(), Mistake>> + Send>> {
    Box::pin(async move {
        if depth == 0 {
            ready.add();
            pending::<()>().or_cancelled().await?;
            return Ok(());
        }
        let nursery = Builder::on(&runtime.clone()).try_run(async |n| {
            n.spawn(wait_below(runtime, depth - 1, ready));
            cancelled().await;
            checkpoint()?;
            Ok(())
        });
        nursery
            .await
            .map_err(|error| match error.into_failures().next() {
                Some(first) => first.into_error().expect("nobody panics here"),
                None => Mistake("no failure at all"),
            })
    })
}
