//! Starting a child that says when it is ready.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use steadfast_core::{
    Builder, CancelReason, CancelScope, FutureExt, Nursery, Ready, Runtime, StartError, cancelled,
};

use super::ledger::{Oops, panic_of, poll_once};
use crate::probe::{Gate, Tally, yield_once};

crate::suite::cases! {
    system_handshake_tests in system;

    /// A start waits for the report and gives its value; the child goes on, and the nursery waits for the rest of it.
    #[case("system/start-gives-the-reported-value", must, laws = [167]; scope)]
    fn start_gives_the_reported_value<S>(fx: &Fixture<S>) {
        let (proceed, reported, finished) = (Gate::new(), Tally::new(), Tally::new());
        let (waits, reports, finishes) = (proceed.clone(), reported.clone(), finished.clone());
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let child = async move |ready: Ready<u8>| {
                yield_once().await;
                reports.add();
                ready.report(7);
                waits.wait().await;
                finishes.add();
            };
            let value = n.start(child).await.ok();
            assert_eq!((reported.count(), finished.count()), (1, 0));
            proceed.open();
            value
        }));
        assert_eq!((value, finished.count()), (Some(7), 1));
    }

    /// A report may carry nothing, and is a report.
    #[case("system/start-without-a-value", must, laws = [168]; scope)]
    fn start_without_a_value<S>(fx: &Fixture<S>) {
        let started = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.start(async |ready: Ready<()>| ready.report(())).await.is_ok()
        }));
        assert!(started);
    }

    /// A child that fails before it is ready gives its bare error to the start call; the nursery and its children are unharmed.
    #[case("system/start-error-before-ready", must, laws = [169, 170]; scope)]
    fn start_error_before_ready<S>(fx: &Fixture<S>) {
        let (proceed, survived) = (Gate::new(), Tally::new());
        let (waits, survives) = (proceed.clone(), survived.clone());
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            n.spawn(async move {
                waits.wait().await;
                survives.add();
                Ok(())
            });
            let started = n.start(async |_: Ready<()>| {
                yield_once().await;
                Err(Oops("no port"))
            }).await;
            let asked = n.is_cancelled();
            proceed.open();
            Ok((matches!(started, Err(StartError::Failed(Oops("no port")))), asked))
        }));
        assert_eq!(outcome.expect("the nursery is unharmed"), (true, false));
        assert_eq!(survived.count(), 1);
    }

    /// A child that fails after its report fails the nursery, with its error.
    #[case("system/start-error-after-ready", must, laws = [171]; scope)]
    fn start_error_after_ready<S>(fx: &Fixture<S>) {
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let started = n.start(async |ready: Ready<u8>| {
                ready.report(7);
                yield_once().await;
                Err(Oops("later"))
            }).await;
            assert_eq!(started.ok(), Some(7));
            Ok(())
        }));
        let error = outcome.expect_err("the failure is the nursery's");
        assert_eq!(error.primary().error(), Some(&Oops("later")));
    }

    /// A child that ends without a report makes the start fail with an error that says so, once it has ended, and not before.
    #[case("system/start-without-report", must, laws = [172]; scope)]
    fn start_without_report<S>(fx: &Fixture<S>) {
        let (dropped, proceed) = (Gate::new(), Gate::new());
        let (drops, waits) = (dropped.clone(), proceed.clone());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let started = n.start(async |_: Ready<u8>| yield_once().await).await;
            assert!(matches!(started, Err(StartError::NotReady)));
            let mut start = Box::pin(n.start(async move |ready: Ready<u8>| {
                drop(ready);
                drops.open();
                waits.wait().await;
            }));
            assert!(poll_once(&mut start).await.is_pending());
            dropped.wait().await;
            assert!(poll_once(&mut start).await.is_pending(), "the child has not ended");
            proceed.open();
            assert!(matches!(start.await, Err(StartError::NotReady)));
        }));
    }

    /// A second report cannot be written: the token goes with the first, and has no copy.
    #[case("system/start-reports-once", must, laws = [173]; scope)]
    fn start_reports_once<S>(fx: &Fixture<S>) {
        trait Copies<Marker> {
            fn check() {}
        }
        impl<T> Copies<()> for T {}
        struct HasACopy;
        impl<T: Clone> Copies<HasACopy> for T {}
        // Ambiguous, and so an error of the compiler, if the token could be cloned.
        <Ready<u8> as Copies<_>>::check();
        let report: fn(Ready<u8>, u8) = Ready::report;
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.start(async move |ready: Ready<u8>| report(ready, 7)).await.ok()
        }));
        assert_eq!(value, Some(7));
    }

    /// A request to the caller's scope is one to the child that is not ready; the call waits until it has ended. The nursery
    /// has not been asked.
    #[case("system/start-cancelled-by-its-caller", must, laws = [174]; scope)]
    fn start_cancelled_by_its_caller<S>(fx: &Fixture<S>) {
        let (waiting, obeyed) = (Gate::new(), Tally::new());
        let (opens, obeys) = (waiting.clone(), obeyed.clone());
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let scope = CancelScope::new();
            let caller = scope.handle();
            n.spawn(async move {
                waiting.wait().await;
                caller.cancel("enough");
                Ok(())
            });
            let start = n.start(async move |_: Ready<()>| {
                opens.open();
                let gave_way = pending::<()>().or_cancelled().await;
                yield_once().await;
                obeys.add();
                gave_way.map_err(|_| Oops("gave way"))
            });
            let started = scope.run(start).await;
            assert_eq!(obeyed.count(), 1, "the child is awaited");
            let Err(StartError::Cancelled(cancelled)) = started else {
                panic!("the child gave way: {started:?}");
            };
            assert!(said(cancelled.reason(), "enough"));
            assert!(!n.is_cancelled());
            Ok(())
        }));
        outcome.expect("giving way is no failure");
    }

    /// A start that is dropped asks its child to end, with the reason that it was dropped. The nursery waits for the child,
    /// and has not been asked itself.
    #[case("system/start-dropped-before-ready", must, laws = [174]; scope)]
    fn start_dropped_before_ready<S>(fx: &Fixture<S>) {
        let reason = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&reason);
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let mut start = Box::pin(n.start(async move |_: Ready<()>| {
                let asked = cancelled().await;
                yield_once().await;
                *seen.lock().unwrap() = Some(asked);
            }));
            assert!(poll_once(&mut start).await.is_pending());
            drop(start);
            assert!(!n.is_cancelled());
        }));
        assert_eq!(*reason.lock().unwrap(), Some(CancelReason::Dropped));
    }

    /// A start that is dropped unpolled has started nothing.
    #[case("system/start-dropped-unpolled", must, laws = []; scope)]
    fn start_dropped_unpolled<S>(fx: &Fixture<S>) {
        let ran = Tally::new();
        let runs = ran.clone();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            drop(n.start(async move |_: Ready<()>| { runs.add(); }));
            assert!(n.is_empty());
        }));
        assert_eq!(ran.count(), 0);
    }

    /// When the start was dropped, an error of the child has nobody else to go to and fails the nursery.
    #[case("system/start-dropped-then-child-fails", must, laws = []; scope)]
    fn start_dropped_then_child_fails<S>(fx: &Fixture<S>) {
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let mut start = Box::pin(n.start(async move |_: Ready<()>| {
                cancelled().await;
                Err(Oops("not silent"))
            }));
            assert!(poll_once(&mut start).await.is_pending());
            drop(start);
            Ok(())
        }));
        let error = outcome.expect_err("the failure is the nursery's");
        assert_eq!(error.primary().error(), Some(&Oops("not silent")));
    }

    /// A nursery that is cancelled, before or while a child starts in it, asks that child too: no deadlock.
    #[case("system/start-in-cancelled-nursery", must, laws = [175]; scope)]
    fn start_in_cancelled_nursery<S>(fx: &Fixture<S>) {
        for before in [true, false] {
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                let (nursery, waiting) = (n.clone(), Gate::new());
                if before {
                    n.cancel("enough");
                } else {
                    let waits = waiting.clone();
                    n.spawn(async move {
                        waits.wait().await;
                        nursery.cancel("enough");
                    });
                }
                let started = n.start(async move |ready: Ready<()>| {
                    waiting.open();
                    assert!(said(&cancelled().await, "enough"));
                    drop(ready);
                }).await;
                assert!(matches!(started, Err(StartError::NotReady)), "before: {before}");
            }));
        }
    }

    /// A nursery that fails while a child starts in it asks that child too: no deadlock.
    #[case("system/start-in-failing-nursery", must, laws = [175]; scope)]
    fn start_in_failing_nursery<S>(fx: &Fixture<S>) {
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let waiting = Gate::new();
            let waits = waiting.clone();
            n.spawn(async move {
                waits.wait().await;
                Err(Oops("sibling"))
            });
            let started = n.start(async move |_: Ready<()>| {
                waiting.open();
                assert!(matches!(cancelled().await, CancelReason::Failed(_)));
                Ok(())
            }).await;
            assert!(matches!(started, Err(StartError::NotReady)));
            Ok(())
        }));
        let error = outcome.expect_err("the sibling failed");
        assert_eq!(error.primary().error(), Some(&Oops("sibling")));
        assert_eq!(error.others().len(), 0);
    }

    /// A child that reports although its start was cancelled makes that start succeed: the value is there.
    #[case("system/start-cancelled-yet-ready", must, laws = [177]; scope)]
    fn start_cancelled_yet_ready<S>(fx: &Fixture<S>) {
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let scope = CancelScope::new();
            scope.handle().cancel("before it began");
            scope.run(n.start(async |ready: Ready<u8>| {
                yield_once().await;
                ready.report(7);
            })).await.ok()
        }));
        assert_eq!(value, Some(7));
    }

    /// A request that comes in the same turn as the report does not turn it into an error, on either side of it.
    #[case("system/start-cancelled-at-the-report", must, laws = [178]; scope)]
    fn start_cancelled_at_the_report<S>(fx: &Fixture<S>) {
        for before in [true, false] {
            let value = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                let scope = CancelScope::new();
                let caller = scope.handle();
                scope.run(n.start(async move |ready: Ready<u8>| {
                    if before {
                        caller.cancel("at the report");
                        ready.report(7);
                    } else {
                        ready.report(7);
                        caller.cancel("at the report");
                    }
                })).await.ok()
            }));
            assert_eq!(value, Some(7), "before: {before}");
        }
    }

    /// A child that is started into a cancelled nursery and has sleeping children of its own: they are woken and end.
    #[case("system/start-grandchildren-in-cancelled-nursery", must, laws = [179]; scope)]
    fn start_grandchildren_in_cancelled_nursery<S>(fx: &Fixture<S>) {
        let (runtime, ended) = (fx.runtime(), Tally::new());
        let ends = ended.clone();
        let started = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("enough");
            n.start(async move |ready: Ready<()>| {
                Builder::on(&runtime).run(async move |inner| {
                    for _ in 0..3 {
                        let ends = ends.clone();
                        inner.spawn(async move {
                            assert!(pending::<()>().or_cancelled().await.is_err());
                            ends.add();
                        });
                    }
                    ready.report(());
                }).await;
            }).await.is_ok()
        }));
        assert_eq!((started, ended.count()), (true, 3));
    }

    /// A start into a closed nursery fails at once, and the child never runs.
    #[case("system/start-in-closed-nursery", must, laws = [181]; scope)]
    fn start_in_closed_nursery<S>(fx: &Fixture<S>) {
        let ran = Tally::new();
        let runs = ran.clone();
        let closed = fx.block_on(Builder::on(&fx.runtime()).run(async |n| n));
        let mut start = Box::pin(closed.start(async move |_: Ready<()>| { runs.add(); }));
        let polled = fx.block_on(poll_once(&mut start));
        assert!(matches!(polled, Poll::Ready(Err(StartError::Closed))));
        assert_eq!(ran.count(), 0);
    }

    /// A startable function can be called directly, with a token whose report goes nowhere.
    #[case("system/start-token-that-does-nothing", must, laws = [182])]
    fn start_token_that_does_nothing<S>(fx: &Fixture<S>) {
        async fn serve(ready: Ready<u8>) -> &'static str {
            ready.report(7);
            yield_once().await;
            "served"
        }
        assert_eq!(fx.block_on(serve(Ready::ignored())), "served");
    }

    /// A child of an inner nursery fails while the inner body starts a child in the outer one: that start is cancelled, and
    /// the outer nursery goes on.
    #[case("system/start-outside-of-a-failing-nursery", must, laws = [183]; scope)]
    fn start_outside_of_a_failing_nursery<S>(fx: &Fixture<S>) {
        let runtime = fx.runtime();
        fx.block_on(Builder::on(&fx.runtime()).run(async |outer| {
            let inner = Builder::on(&runtime).try_run(async |n| {
                let waiting = Gate::new();
                let waits = waiting.clone();
                n.spawn(async move {
                    waits.wait().await;
                    Err(Oops("sibling"))
                });
                let started = outer.start(async move |_: Ready<()>| {
                    waiting.open();
                    assert!(matches!(cancelled().await, CancelReason::Failed(_)));
                }).await;
                assert!(matches!(started, Err(StartError::NotReady)));
                Ok(())
            });
            let error = inner.await.expect_err("its child failed");
            assert_eq!(error.primary().error(), Some(&Oops("sibling")));
            assert!(!outer.is_cancelled());
        }));
    }

    /// A server reports its address and keeps its handlers in a nursery that its caller chose: they outlive the server.
    #[case("system/start-server-with-foreign-handlers", must, laws = [185])]
    fn start_server_with_foreign_handlers<S>(fx: &Fixture<S>) {
        async fn serve<R: Runtime>(
            ready: Ready<u16>,
            handlers: Nursery<steadfast_core::Never, R>,
            proceed: Gate,
            handled: Tally,
        ) {
            ready.report(8080);
            handlers.spawn(async move {
                proceed.wait().await;
                handled.add();
            });
        }
        let (runtime, proceed, handled) = (fx.runtime(), Gate::new(), Tally::new());
        let (waits, handles) = (proceed.clone(), handled.clone());
        fx.block_on(Builder::on(&fx.runtime()).run(async |handlers| {
            let theirs = handlers.clone();
            let address = Builder::on(&runtime).run(async |servers| {
                servers.start(async move |ready| serve(ready, theirs, waits, handles).await).await.ok()
            }).await;
            assert_eq!((address, handled.count()), (Some(8080), 0));
            proceed.open();
        }));
        assert_eq!(handled.count(), 1);
    }

    /// A panic before the report ends the start with an error that says so, and goes on from the nursery.
    #[case("system/start-panic-before-ready", capability(Unwind), laws = []; scope)]
    fn start_panic_before_ready<S>(fx: &Fixture<S>) {
        let told = Tally::new();
        let tells = told.clone();
        let text = panic_of(|| fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let started = n.start(async |_: Ready<()>| panic!("no port")).await;
            if matches!(started, Err(StartError::Panicked)) {
                tells.add();
            }
        })));
        assert_eq!((text.as_str(), told.count()), ("no port", 1));
    }
}

fn said(reason: &CancelReason, text: &str) -> bool {
    matches!(reason, CancelReason::Requested(request) if request.text() == text)
}
