//! Clean-up that is awaited: wherever a guard is dropped, its clean-up runs once, and somebody waits for it.
//!
//! The catalogue that the notes on control flow keep of what goes wrong with a `Drop` that spawns (D1 to D13) is here and in
//! `cleanup_order` and `cleanup_elsewhere`; a case that answers an entry names it.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use steadfast_core::{Builder, FutureExt, settle};

use super::ledger::{CleanUp, Door, Ledger, Oops, drop_when, panic_of, poll_once};
use crate::probe::{Gate, Tally, many, yield_once};

crate::suite::cases! {
    system_cleanup_tests in system;

    /// What is dropped at the end of a block is closed after the next `settle`, in a body and in a child.
    ///
    /// control-flow D1.
    #[case("system/cleanup-settles", must, laws = [244]; scope)]
    fn cleanup_settles<S>(fx: &Fixture<S>) {
        async fn drop_and_settle() {
            let ledger = Ledger::default();
            {
                let _db = ledger.guard("db");
                yield_once().await;
            }
            settle().await;
            ledger.assert_all_closed_once(1);
        }
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn(drop_and_settle());
            drop_and_settle().await;
        }));
    }

    /// What is opened again right after a `settle` is never refused.
    ///
    /// control-flow D2.
    #[case("system/cleanup-allows-reopening", must, laws = [244]; scope)]
    fn cleanup_allows_reopening<S>(fx: &Fixture<S>) {
        let (is_open, opened) = (Arc::new(AtomicBool::new(false)), Tally::new());
        let counts = opened.clone();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn(async move {
                for round in 0..100 {
                    assert!(!is_open.swap(true, Ordering::SeqCst), "refused in round {round}");
                    let closes = Arc::clone(&is_open);
                    drop(CleanUp::guard(move || async move {
                        yield_once().await;
                        closes.store(false, Ordering::SeqCst);
                    }));
                    settle().await;
                    counts.add();
                }
            });
        }));
        assert_eq!(opened.count(), 100);
    }

    /// A root that ends right after a drop returns after the clean-up.
    ///
    /// control-flow D3.
    #[case("system/cleanup-before-the-root-returns", must, laws = [246])]
    fn cleanup_before_the_root_returns<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        let inside = ledger.clone();
        Builder::on(&fx.runtime()).block_on(&Door(fx), async move {
            drop(inside.guard("first"));
            let _last = inside.guard("last");
        });
        ledger.assert_all_closed_once(2);
    }

    /// A thousand guards that are dropped at once are cleaned up one at a time, all of them, before the task has finished.
    ///
    /// control-flow D6.
    #[case("system/cleanup-of-a-thousand", must, laws = [266]; scope)]
    fn cleanup_of_a_thousand<S>(fx: &Fixture<S>) {
        let (now, most, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Tally::new());
        let (peak, ends) = (Arc::clone(&most), ended.clone());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let child = n.spawn_with_handle(async move {
                for _ in 0..many(1_000) {
                    let (now, peak, ends) = (Arc::clone(&now), Arc::clone(&peak), ends.clone());
                    drop(CleanUp::guard(move || async move {
                        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        yield_once().await;
                        now.fetch_sub(1, Ordering::SeqCst);
                        ends.add();
                    }));
                }
            });
            child.await.unwrap();
            assert_eq!(ended.count(), many(1_000));
        }));
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }

    /// Dropping a guard blocks no thread: the clean-up may wait for a task that needs the thread on which it was dropped.
    ///
    /// control-flow D7.
    #[case("system/cleanup-blocks-no-thread", must, laws = []; scope)]
    fn cleanup_blocks_no_thread<S>(fx: &Fixture<S>) {
        let (ledger, gate) = (Ledger::default(), Gate::new());
        let (inside, opens) = (ledger.clone(), gate.clone());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let sibling = n.clone();
            n.spawn(async move {
                drop(inside.gated_guard("db", &gate));
                sibling.spawn(async move { opens.open() });
            });
        }));
        ledger.assert_all_closed_once(1);
    }

    /// Left by `?`: the clean-up has run once when the error is seen.
    ///
    /// control-flow D10.
    #[case("system/cleanup-after-an-error", must, laws = [242]; scope)]
    fn cleanup_after_an_error<S>(fx: &Fixture<S>) {
        let (ledger, child) = (Ledger::default(), Ledger::default());
        let inside = child.clone();
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let handle = n.spawn_with_handle(async move {
                let _db = inside.guard("db");
                yield_once().await;
                Err::<(), _>(Oops("child"))?;
                Ok(())
            });
            assert!(handle.await.unwrap_err().is_failed());
            child.assert_all_closed_once(1);
            let _db = ledger.guard("db");
            Err::<(), _>(Oops("body"))?;
            Ok(())
        }));
        let error = outcome.expect_err("both failed");
        assert_eq!(error.primary().error(), Some(&Oops("child")));
        ledger.assert_all_closed_once(1);
    }

    /// A task that gives way to a request in the middle cleans up what it had, and no more of its code runs.
    #[case("system/cleanup-after-giving-way", must, laws = [243, 254]; scope)]
    fn cleanup_after_giving_way<S>(fx: &Fixture<S>) {
        let (ledger, after, waiting) = (Ledger::default(), Tally::new(), Gate::new());
        let (inside, runs, opens) = (ledger.clone(), after.clone(), waiting.clone());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn_until_cancelled(async move {
                let (_one, _two) = (inside.guard("one"), inside.guard("two"));
                opens.open();
                pending::<()>().await;
                runs.add();
            });
            waiting.wait().await;
            n.cancel("enough");
        }));
        ledger.assert_all_closed_once(2);
        assert_eq!(after.count(), 0);
    }

    /// Dropped by a timeout of the host: the clean-up goes on the queue of the task that timed out.
    ///
    /// control-flow D10.
    #[case("system/cleanup-after-a-host-timeout", capability(Timers), laws = []; scope)]
    fn cleanup_after_a_host_timeout<S>(fx: &Fixture<S>) {
        let (ledger, runtime) = (Ledger::default(), fx.runtime());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let timer = runtime.sleep_until(runtime.now() + Duration::from_millis(1));
            let work = async {
                let _db = ledger.guard("db");
                pending::<()>().await;
            };
            assert!(drop_when(work, timer).await.is_none());
            settle().await;
            ledger.assert_all_closed_once(1);
        }));
    }

    /// Dropped by a foreign `select!`, and by a plain `drop`: the clean-up goes on the queue of the task that did it.
    ///
    /// control-flow D10.
    #[case("system/cleanup-after-a-foreign-drop", must, laws = []; scope)]
    fn cleanup_after_a_foreign_drop<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let work = || async {
                let _db = ledger.guard("db");
                pending::<()>().await;
            };
            assert!(drop_when(work(), yield_once()).await.is_none());
            settle().await;
            ledger.assert_all_closed_once(1);
            let mut work = Box::pin(work());
            assert!(poll_once(&mut work).await.is_pending());
            drop(work);
        }));
        ledger.assert_all_closed_once(2);
    }

    /// Dropped by a panic: the clean-up has run once when the panic goes on from the nursery.
    ///
    /// control-flow D10.
    #[case("system/cleanup-after-a-panic", capability(Unwind), laws = [242]; scope)]
    fn cleanup_after_a_panic<S>(fx: &Fixture<S>) {
        for in_body in [true, false] {
            let ledger = Ledger::default();
            let inside = ledger.clone();
            let text = panic_of(|| fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                let fails = async move {
                    let _db = inside.guard("db");
                    yield_once().await;
                    panic!("broken");
                };
                if in_body {
                    fails.await
                } else {
                    n.spawn(fails);
                }
            })));
            assert_eq!(text, "broken");
            ledger.assert_all_closed_once(1);
        }
    }

    /// Dropped by an abort after the grace: the clean-up still runs, once, and the nursery waits for it.
    ///
    /// control-flow D10.
    #[case("system/cleanup-after-an-abort", capability(Timers), laws = []; scope)]
    fn cleanup_after_an_abort<S>(fx: &Fixture<S>) {
        let (ledger, started, grace) = (Ledger::default(), Gate::new(), Duration::from_millis(2));
        let (inside, opens) = (ledger.clone(), started.clone());
        fx.block_on(Builder::on(&fx.runtime()).grace(grace).run(async |n| {
            n.spawn(async move {
                let _db = inside.guard("db");
                opens.open();
                pending::<()>().await;
            });
            started.wait().await;
            n.cancel("enough");
        }));
        ledger.assert_all_closed_once(1);
    }

    /// Dropped with a nursery: the clean-ups of its body and of its children run once, before the enclosing one returns.
    ///
    /// control-flow D10.
    #[case("system/cleanup-after-a-dropped-nursery", must, laws = []; scope)]
    fn cleanup_after_a_dropped_nursery<S>(fx: &Fixture<S>) {
        let (ledger, runtime) = (Ledger::default(), fx.runtime());
        let started = Gate::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let inner = Builder::on(&runtime).run(async |n| {
                let _body = ledger.guard("body");
                // Owed by the body, and not yet begun.
                drop(ledger.guard("owed"));
                let (inside, opens) = (ledger.clone(), started.clone());
                n.spawn_until_cancelled(async move {
                    let _child = inside.guard("child");
                    opens.open();
                    pending::<()>().await;
                });
                pending::<()>().await;
            });
            assert!(drop_when(inner, started.wait()).await.is_none());
        }));
        ledger.assert_all_closed_once(3);
    }

    /// A clean-up that is running when its task's future is dropped goes on where it was, and is not begun again.
    #[case("system/cleanup-survives-its-nursery", must, laws = [248]; scope)]
    fn cleanup_survives_its_nursery<S>(fx: &Fixture<S>) {
        let (ledger, runtime, gate) = (Ledger::default(), fx.runtime(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |_| {
            let inner = Builder::on(&runtime).run(async |_| {
                drop(ledger.gated_guard("db", &gate));
                settle().await;
            });
            assert!(drop_when(inner, ledger.begun().reached(1)).await.is_none());
            gate.open();
        }));
        ledger.assert_all_closed_once(1);
    }

    /// Guards and nurseries leave nothing behind in the library: when all has ended, nobody holds what they held.
    #[case("system/cleanup-leaves-no-references", must, laws = [255]; scope)]
    fn cleanup_leaves_no_references<S>(fx: &Fixture<S>) {
        let held = Arc::new(());
        let handle = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            for _ in 0..10 {
                let (in_child, in_guard, in_error) = (held.clone(), held.clone(), held.clone());
                n.spawn(async move {
                    let _held = in_child;
                    drop(CleanUp::guard(move || async move {
                        yield_once().await;
                        drop(in_guard);
                    }));
                    pending::<()>().or_cancelled().await.map_err(|_| in_error)
                });
            }
            yield_once().await;
            Err::<(), _>(held.clone())
        }));
        let error = handle.expect_err("the body failed");
        assert_eq!(error.after_cancel().len(), 10);
        drop(error);
        assert_eq!(Arc::strong_count(&held), 1);
    }

    /// What children own and return is freed when they end, not when the nursery does.
    #[case("system/cleanup-of-finished-children-is-prompt", must, laws = [256]; scope)]
    fn cleanup_of_finished_children_is_prompt<S>(fx: &Fixture<S>) {
        let held = Arc::new(());
        let ended = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            for _ in 0..100 {
                let (captured, value, ends) = (held.clone(), held.clone(), ended.clone());
                drop(n.spawn_with_handle(async move {
                    let _captured = captured;
                    (value, crate::probe::OnDrop::new(move || { ends.add(); }))
                }));
            }
            ended.reached(100).await;
            // Each value was dropped with its child's slot, and the captures before it. The last of the two fields of a value
            // was counted; the nursery is still open.
            assert_eq!(Arc::strong_count(&held), 1);
            assert!(!n.is_closed());
        }));
    }

    /// Nobody looks at the results of a hundred children, all of which end before the exit begins: no hang.
    #[case("system/cleanup-of-unread-results", must, laws = [257]; scope)]
    fn cleanup_of_unread_results<S>(fx: &Fixture<S>) {
        let ended = Tally::new();
        let kept = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let kept: Vec<_> = (0..100).map(|number| {
                let ends = ended.clone();
                n.spawn_with_handle(async move { ends.add(); number })
            }).collect();
            ended.reached(100).await;
            kept
        }));
        assert!(kept.iter().all(|child| child.is_finished()));
    }
}
