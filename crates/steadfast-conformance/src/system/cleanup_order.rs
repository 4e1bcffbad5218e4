//! How clean-ups run: in which order, shielded, within a budget; what becomes of the ones that go wrong; and the bracket.

use std::future::pending;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use steadfast_core::{
    AsyncDrop, AsyncDropGuard, Builder, CancelScope, DynAsyncDrop, FailureKind, FutureExt, Lease,
    cancel_reason, checkpoint, closing, closing_borrowed, current_deadline, is_cancelled, settle,
    with_deadline,
};

use super::ledger::{CleanUp, Ledger, Oops, Resource, drop_when, panic_of, poll_once};
use crate::probe::{Gate, Tally, yield_once};

crate::suite::cases! {
    system_cleanup_order_tests in system;

    /// Within a task, clean-ups run in drop order, one after the other: locals in reverse, in a body and in a child.
    #[case("system/cleanup-in-drop-order", must, laws = [241]; scope)]
    fn cleanup_in_drop_order<S>(fx: &Fixture<S>) {
        async fn take(ledger: Ledger) {
            let _one = ledger.guard("one");
            let (_two, three) = (ledger.guard("two"), ledger.guard("three"));
            drop(three);
            yield_once().await;
        }
        for in_child in [true, false] {
            let ledger = Ledger::default();
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                if in_child {
                    n.spawn(take(ledger.clone()));
                } else {
                    take(ledger.clone()).await;
                }
            }));
            assert_eq!(ledger.order(), ["three", "two", "one"], "in a child: {in_child}");
        }
    }

    /// The children's clean-ups come before the parent's, which come before the nursery returns.
    ///
    /// control-flow D13.
    #[case("system/cleanup-of-children-first", must, laws = [246]; scope)]
    fn cleanup_of_children_first<S>(fx: &Fixture<S>) {
        let (ledger, runtime, proceed) = (Ledger::default(), fx.runtime(), Gate::new());
        let (inside, waits) = (ledger.clone(), proceed.clone());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let _outer = ledger.guard("outer body");
            n.spawn(async move {
                let _parent = inside.guard("parent");
                Builder::on(&runtime).run(async |n| {
                    let _body = inside.guard("inner body");
                    let grandchild = inside.clone();
                    n.spawn(async move {
                        let _grandchild = grandchild.guard("grandchild");
                        waits.wait().await;
                    });
                }).await;
            });
            proceed.open();
        }));
        assert_eq!(ledger.order(), ["grandchild", "inner body", "parent", "outer body"]);
    }

    /// While its task waits for something else, a clean-up goes on.
    #[case("system/cleanup-goes-on-while-its-task-waits", must, laws = []; scope)]
    fn cleanup_goes_on_while_its_task_waits<S>(fx: &Fixture<S>) {
        let closed = Gate::new();
        let (opens, opens_too, waits) = (closed.clone(), Gate::new(), closed.clone());
        let in_body = opens_too.clone();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn(async move {
                drop(CleanUp::guard(move || async move { yield_once().await; opens.open(); }));
                waits.wait().await;
            });
            drop(CleanUp::guard(move || async move { yield_once().await; in_body.open(); }));
            opens_too.wait().await;
        }));
        assert!(closed.is_open());
    }

    /// A clean-up sees no request and no deadline of what is around it, and a marked region inside is not cut.
    #[case("system/cleanup-is-shielded", capability(Timers), laws = [247, 249]; scope)]
    fn cleanup_is_shielded<S>(fx: &Fixture<S>) {
        let (begun, proceed, ended) = (Gate::new(), Gate::new(), Tally::new());
        let (opens, waits, ends) = (begun.clone(), proceed.clone(), ended.clone());
        let hour = Duration::from_secs(3600);
        fx.block_on(Builder::on(&fx.runtime()).deadline(hour).run(async |n| {
            let child = n.spawn_with_handle(with_deadline(hour / 2, async move {
                drop(CleanUp::guard(move || async move {
                    opens.open();
                    waits.wait().or_cancelled().await.expect("a clean-up is shielded");
                    assert!(!is_cancelled() && cancel_reason().is_none() && checkpoint().is_ok());
                    assert_eq!(current_deadline(), None);
                    yield_once().or_cancelled().await.expect("a clean-up is shielded");
                    ends.add();
                }));
                pending::<()>().or_cancelled().await
            }));
            begun.wait().await;
            // Again and again, each by another way.
            child.cancel("first");
            n.cancel("second");
            yield_once().await;
            child.cancel("third");
            proceed.open();
            assert!(child.await.unwrap().is_err());
        }));
        assert_eq!(ended.count(), 1);
    }

    /// Clean-ups that begin only after the request are shielded, too.
    #[case("system/cleanup-begun-after-the-request", must, laws = [247]; scope)]
    fn cleanup_begun_after_the_request<S>(fx: &Fixture<S>) {
        let ended = Tally::new();
        let ends = ended.clone();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("enough");
            n.spawn(async move {
                let _db = CleanUp::guard(move || async move {
                    assert!(!is_cancelled());
                    yield_once().or_cancelled().await.expect("a clean-up is shielded");
                    ends.add();
                });
                assert!(checkpoint().is_err());
            });
        }));
        assert_eq!(ended.count(), 1);
    }

    /// A guard that is dropped inside a clean-up is cleaned up by the same task, before it has finished.
    #[case("system/cleanup-inside-a-cleanup", must, laws = [252]; scope)]
    fn cleanup_inside_a_cleanup<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        let inside = ledger.clone();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let child = n.spawn_with_handle(async move {
                let deeper = inside.clone();
                drop(CleanUp::guard(move || async move {
                    let _inner = deeper.guard("inner");
                    settle().await;
                    yield_once().await;
                    deeper.note("outer");
                }));
            });
            child.await.unwrap();
            assert_eq!(ledger.order(), ["outer", "inner"]);
        }));
        ledger.assert_all_closed_once(1);
    }

    /// A clean-up that panics is a failure of its nursery, and does not keep the others from running.
    ///
    /// control-flow D8.
    #[case("system/cleanup-panic", capability(Unwind), laws = [245]; scope)]
    fn cleanup_panic<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        let inside = ledger.clone();
        let outcome = fx.block_on(Builder::on(&fx.runtime()).collect_panics().try_run(async |n| {
            n.spawn(async move {
                drop(inside.guard("before"));
                drop(CleanUp::guard(|| async { yield_once().await; panic!("first") }));
                drop(inside.guard("between"));
                drop(CleanUp::guard(|| async { panic!("second") }));
                drop(inside.guard("after"));
                Ok::<_, Oops>(())
            });
            Ok(())
        }));
        let error = outcome.expect_err("two clean-ups failed");
        let texts: Vec<_> = error.into_failures().map(|failure| match failure.into_kind() {
            FailureKind::CleanupPanicked(payload) => payload.message().to_owned(),
            other => panic!("not a clean-up: {other:?}"),
        }).collect();
        assert_eq!(texts, ["first", "second"]);
        assert_eq!(ledger.order(), ["before", "between", "after"]);
        ledger.assert_all_closed_once(3);
    }

    /// Where a task fails and so does its clean-up, the task's own error is primary.
    ///
    /// control-flow D8.
    #[case("system/cleanup-panic-after-an-error", capability(Unwind), laws = [245]; scope)]
    fn cleanup_panic_after_an_error<S>(fx: &Fixture<S>) {
        for in_body in [true, false] {
            let outcome = fx.block_on(Builder::on(&fx.runtime()).collect_panics().try_run(async |n| {
                let fails = async {
                    let _db = CleanUp::guard(|| async { yield_once().await; panic!("secondary") });
                    yield_once().await;
                    Err(Oops("primary"))
                };
                if in_body {
                    return fails.await;
                }
                n.spawn(fails);
                Ok(())
            }));
            let error = outcome.expect_err("both failed");
            assert_eq!(error.primary().error(), Some(&Oops("primary")));
            let others: Vec<_> = error.others().map(|other| other.panic().unwrap().message().to_owned()).collect();
            assert_eq!(others, ["secondary"], "in the body: {in_body}");
        }
    }

    /// In a nursery that returns no errors, the panic of a clean-up goes on from the call, when everybody has finished.
    #[case("system/cleanup-panic-in-plain-nursery", capability(Unwind), laws = []; scope)]
    fn cleanup_panic_in_plain_nursery<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        let text = panic_of(|| fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            drop(CleanUp::guard(|| async { yield_once().await; panic!("broken") }));
            drop(ledger.guard("after"));
        })));
        assert_eq!(text, "broken");
        ledger.assert_all_closed_once(1);
    }

    /// A clean-up that hangs is dropped when its budget is used up; that is a failure of the nursery, and the others run.
    ///
    /// control-flow D9.
    #[case("system/cleanup-overruns", capability(Timers), laws = [248]; scope)]
    fn cleanup_overruns<S>(fx: &Fixture<S>) {
        let (ledger, budget) = (Ledger::default(), Duration::from_millis(5));
        let (inside, never) = (ledger.clone(), Gate::new());
        let builder = Builder::on(&fx.runtime()).cleanup_budget(budget);
        let outcome = fx.block_on(builder.try_run(async |n| {
            n.spawn(async move {
                drop(inside.gated_guard("hangs", &never));
                drop(inside.guard("after"));
                Ok::<_, Oops>(())
            });
            Ok(())
        }));
        let error = outcome.expect_err("a clean-up overran");
        assert!(matches!(error.primary().kind(), FailureKind::CleanupOverran(of) if *of == budget));
        assert_eq!(error.others().len(), 0);
        assert_eq!(ledger.order(), ["after"]);
        assert_eq!((ledger.begun().count(), ledger.dropped().count()), (2, 2));
    }

    /// A closed guard is cleaned up when `close` is ready, and not again; one that gave its value back is not cleaned up.
    #[case("system/cleanup-by-close", must, laws = [244]; scope)]
    fn cleanup_by_close<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            ledger.guard("db").close().await;
            ledger.assert_all_closed_once(1);
            let resource = ledger.guard("kept").into_inner();
            settle().await;
            assert_eq!(ledger.dropped().count(), 1);
            drop(resource);
        }));
        assert_eq!((ledger.begun().count(), ledger.dropped().count()), (1, 2));
    }

    /// A close that is dropped half-way goes on in the task, from where it was.
    #[case("system/cleanup-by-dropped-close", must, laws = [248]; scope)]
    fn cleanup_by_dropped_close<S>(fx: &Fixture<S>) {
        let (ledger, gate) = (Ledger::default(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let mut close = Box::pin(ledger.gated_guard("begun", &gate).close());
            assert!(poll_once(&mut close).await.is_pending());
            drop(close);
            drop(ledger.guard("unbegun").close());
            assert_eq!(ledger.closed(), 0);
            gate.open();
        }));
        assert_eq!(ledger.order(), ["begun", "unbegun"]);
        ledger.assert_all_closed_once(2);
    }

    /// A close in a cancelled region runs to its end: cleaning up is shielded in all its forms.
    #[case("system/cleanup-by-close-when-cancelled", must, laws = [247]; scope)]
    fn cleanup_by_close_when_cancelled<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("enough");
            let ended = ledger.guard("db").close().or_cancelled().await;
            // Whether the region gave way or not, the clean-up is neither cut nor lost.
            drop(ended);
            settle().await;
            ledger.assert_all_closed_once(1);
        }));
    }

    /// The panic of a clean-up goes on from `close`.
    #[case("system/cleanup-by-close-panics", capability(Unwind), laws = []; scope)]
    fn cleanup_by_close_panics<S>(fx: &Fixture<S>) {
        let text = panic_of(|| fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            CleanUp::guard(|| async { panic!("broken") }).close().await;
        })));
        assert_eq!(text, "broken");
    }

    /// Guards of trait objects clean up what is inside.
    #[case("system/cleanup-of-trait-objects", must, laws = []; scope)]
    fn cleanup_of_trait_objects<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let boxed: Box<dyn DynAsyncDrop> = Box::new(ledger.resource("box"));
            let pinned: Pin<Box<Resource>> = Box::pin(ledger.resource("pin"));
            drop(AsyncDropGuard::new(boxed));
            drop(AsyncDropGuard::new(pinned));
        }));
        assert_eq!(ledger.order(), ["box", "pin"]);
        ledger.assert_all_closed_once(2);
    }

    /// The bracket cleans up in place, before the caller goes on, on a value, an error, and a request.
    #[case("system/cleanup-by-closing", must, laws = [242, 243, 244]; scope)]
    fn cleanup_by_closing<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let value = closing(ledger.resource("value"), async |_db| 7).await;
            assert_eq!(value, 7);
            ledger.assert_all_closed_once(1);
            let error = closing(ledger.resource("error"), async |_db| {
                Err::<(), _>(Oops("broken"))?;
                Ok(())
            }).await;
            assert_eq!(error, Err(Oops("broken")));
            ledger.assert_all_closed_once(2);
            let scope = CancelScope::new();
            scope.handle().cancel("enough");
            let after = AtomicBool::new(false);
            let ended = scope.run(closing(ledger.resource("request"), async |_db| {
                pending::<()>().or_cancelled().await?;
                after.store(true, Ordering::SeqCst);
                Ok::<_, steadfast_core::Cancelled>(())
            })).await;
            assert!(ended.is_err() && !after.load(Ordering::SeqCst));
            ledger.assert_all_closed_once(3);
        }));
    }

    /// The bracket cleans up before a panic of its body goes on.
    #[case("system/cleanup-by-closing-on-panic", capability(Unwind), laws = [242])]
    fn cleanup_by_closing_on_panic<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        let text = panic_of(|| fx.block_on(closing(ledger.resource("db"), async |_db| {
            yield_once().await;
            panic!("broken")
        })));
        assert_eq!(text, "broken");
        ledger.assert_all_closed_once(1);
    }

    /// A bracket that is dropped leaves its clean-up to the task: unpolled, in the body, and in the clean-up itself.
    #[case("system/cleanup-by-dropped-closing", must, laws = [248]; scope)]
    fn cleanup_by_dropped_closing<S>(fx: &Fixture<S>) {
        let (ledger, gate) = (Ledger::default(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            drop(closing(ledger.resource("unpolled"), async |_db| {}));
            settle().await;
            ledger.assert_all_closed_once(1);
            let in_body = closing(ledger.resource("body"), async |_db| pending::<()>().await);
            drop_when(in_body, yield_once()).await;
            settle().await;
            ledger.assert_all_closed_once(2);
            let in_cleanup = closing(ledger.gated("clean-up", &gate), async |_db| {});
            drop_when(in_cleanup, ledger.begun().reached(3)).await;
            gate.open();
        }));
        assert_eq!(ledger.order(), ["unpolled", "body", "clean-up"]);
        ledger.assert_all_closed_once(3);
    }

    /// A lease that outlives its bracket cleans up like a guard, once.
    #[case("system/cleanup-of-an-escaped-lease", must, laws = []; scope)]
    fn cleanup_of_an_escaped_lease<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let escaped: Lease<Resource> = closing(ledger.resource("db"), async |db| db).await;
            settle().await;
            assert_eq!(ledger.begun().count(), 0);
            drop(escaped);
        }));
        ledger.assert_all_closed_once(1);
    }

    /// A clean-up may use what its caller owns, and has ended when the caller goes on with it.
    ///
    /// control-flow D11.
    #[case("system/cleanup-that-borrows", must, laws = [244]; scope)]
    fn cleanup_that_borrows<S>(fx: &Fixture<S>) {
        struct Transaction<'c> {
            log: &'c mut Vec<&'static str>,
        }
        impl AsyncDrop for Transaction<'_> {
            async fn async_drop(mut self: Pin<&mut Self>) {
                self.log.push("rolling back");
                yield_once().await;
                self.log.push("rolled back");
            }
        }
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let mut log = Vec::new();
            let value = closing_borrowed(Transaction { log: &mut log }, async |mut tx| {
                tx.log.push("used");
                yield_once().await;
                7
            }).await;
            assert_eq!((value, log), (7, vec!["used", "rolling back", "rolled back"]));
        }));
    }
}
