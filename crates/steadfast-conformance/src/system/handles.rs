//! Handles of children: values, states, and requests to one child alone.
#![expect(
    clippy::async_yields_async,
    reason = "a handle is a value that is handed out"
)]

use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use steadfast_core::{
    Builder, CancelReason, CancelScope, Child, ChildState, FailureKind, FutureExt, Report,
    cancelled, current_deadline, is_cancelled, with_deadline,
};

use super::ledger::{Ledger, Oops, Reports, panic_of, poll_once, words};
use crate::probe::{Gate, OnDrop, Tally, yield_once};

crate::suite::cases! {
    system_handles_tests in system;

    /// A handle gives the value of its child, awaited inside the nursery or after it.
    #[case("system/handle-gives-the-value", must, laws = [186]; scope)]
    fn handle_gives_the_value<S>(fx: &Fixture<S>) {
        let (inside, after) = fx.block_on(async {
            let (inside, handle) = Builder::on(&fx.runtime()).run(async |n| {
                let late = n.spawn_with_handle(async { "after" });
                let early = n.spawn_with_handle(async { yield_once().await; "inside" });
                (early.await, late)
            }).await;
            (inside, handle.await)
        });
        assert_eq!((inside.unwrap(), after.unwrap()), ("inside", "after"));
    }

    /// Before a child has finished there is nothing to take from its handle, on any thread, and that differs from any result.
    #[case("system/handle-of-unfinished-child", must, laws = [187, 188]; scope)]
    fn handle_of_unfinished_child<S>(fx: &Fixture<S>) {
        let proceed = Gate::new();
        let waits = proceed.clone();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let mut child = n.spawn_with_handle(async move { waits.wait().await; 7 });
            assert!(child.try_take().is_none() && !child.is_finished());
            let mut child = std::thread::spawn(move || {
                assert!(child.try_take().is_none() && !child.is_finished());
                child
            }).join().unwrap();
            proceed.open();
            assert_eq!(child.wait().await, ChildState::Done);
            assert_eq!(child.try_take().unwrap().unwrap(), 7);
        }));
    }

    /// A value is given once; who comes later is told that it has been taken.
    #[case("system/handle-gives-the-value-once", must, laws = []; scope)]
    fn handle_gives_the_value_once<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let mut child = n.spawn_with_handle(async { 7 });
            assert_eq!((&mut child).await.unwrap(), 7);
            assert!((&mut child).await.unwrap_err().is_taken());
            assert!(child.try_take().unwrap().unwrap_err().is_taken());
            assert_eq!(child.state(), ChildState::Done);
        }));
    }

    /// Whoever awaits a child that failed is told so, and the nursery fails all the same, with the error.
    #[case("system/handle-of-failed-child", must, laws = [189]; scope)]
    fn handle_of_failed_child<S>(fx: &Fixture<S>) {
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let child = n.spawn_with_handle(async { Err::<u8, _>(Oops("broken")) });
            let error = child.await.unwrap_err();
            assert!(error.is_failed() && !error.is_cancelled() && !error.is_panic());
            Ok(())
        }));
        let error = outcome.expect_err("its child failed");
        assert_eq!(error.primary().error(), Some(&Oops("broken")));
        assert_eq!(error.others().len(), 0);
    }

    /// A request by handle reaches that child alone, and the state goes from running over cancelling to cancelled.
    #[case("system/handle-cancels-its-child-alone", must, laws = [190]; scope)]
    fn handle_cancels_its_child_alone<S>(fx: &Fixture<S>) {
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let (asked, proceed) = (Gate::new(), Gate::new());
            let (opens, waits, waits_too) = (asked.clone(), proceed.clone(), proceed.clone());
            let child = n.spawn_with_handle(async move {
                cancelled().await;
                opens.open();
                waits.wait().await;
                pending::<()>().or_cancelled().await.map_err(|_| Oops("gave way"))
            });
            let sibling: Child<bool> = n.spawn_with_handle(async move {
                waits_too.wait().await;
                Ok(is_cancelled())
            });
            assert_eq!(child.state(), ChildState::Running);
            child.cancel("you alone");
            assert_eq!(child.state(), ChildState::Cancelling);
            asked.wait().await;
            assert_eq!((child.state(), sibling.state()), (ChildState::Cancelling, ChildState::Running));
            proceed.open();
            assert_eq!(child.wait().await, ChildState::Cancelled);
            let error = child.await.unwrap_err();
            assert!(error.is_cancelled() && said(error.cancel_reason(), "you alone"));
            assert!(!n.is_cancelled());
            Ok::<_, Oops>(sibling.await.unwrap())
        }));
        assert!(!outcome.expect("a child that gave way has not failed"), "the sibling was asked");
    }

    /// Waiting never fails, however the child ends, and tells how.
    #[case("system/handle-wait-never-fails", must, laws = [191]; scope)]
    fn handle_wait_never_fails<S>(fx: &Fixture<S>) {
        let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            let done = n.spawn_with_handle(async { Ok(()) });
            assert_eq!(done.wait().await, ChildState::Done);
            assert_eq!(done.wait().await, ChildState::Done, "again");
            let asked = n.spawn_with_handle(async {
                pending::<()>().or_cancelled().await.map_err(|_| Oops("gave way"))
            });
            asked.cancel("enough");
            assert_eq!(asked.wait().await, ChildState::Cancelled);
            let failed = n.spawn_with_handle(async { Err::<(), _>(Oops("broken")) });
            assert_eq!(failed.wait().await, ChildState::Failed);
            Ok::<_, Oops>(())
        }));
        assert!(outcome.is_err());
        let closed = fx.block_on(Builder::on(&fx.runtime()).run(async |n| n));
        let refused = closed.spawn_with_handle(async {});
        assert_eq!(fx.block_on(refused.wait()), ChildState::Lost);
        assert!(fx.block_on(refused).unwrap_err().is_refused());
    }

    /// Waiting for a child that panicked does not fail either.
    #[case("system/handle-wait-for-panic", capability(Unwind), laws = [191]; scope)]
    fn handle_wait_for_panic<S>(fx: &Fixture<S>) {
        let told = Tally::new();
        let text = panic_of(|| fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let child = n.spawn_with_handle(async { panic!("broken") });
            let state = child.wait().await;
            let error: steadfast_core::ChildError = child.await.unwrap_err();
            if state == ChildState::Panicked && error.is_panic() && error.into_panic().is_none() {
                told.add();
            }
        })));
        // The payload is the nursery's.
        assert_eq!((text.as_str(), told.count()), ("broken", 1));
    }

    /// A handle that is dropped does nothing: its child goes on, is not asked to end, and stays the nursery's.
    #[case("system/handle-dropped", must, laws = [192]; scope)]
    fn handle_dropped<S>(fx: &Fixture<S>) {
        let (proceed, finished) = (Gate::new(), Tally::new());
        let (waits, finishes) = (proceed.clone(), finished.clone());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            drop(n.spawn_with_handle(async move {
                waits.wait().await;
                yield_once().await;
                assert!(!is_cancelled());
                finishes.add();
            }));
            assert_eq!(n.len(), 1);
            proceed.open();
        }));
        assert_eq!(finished.count(), 1);
    }

    /// Whoever stops waiting for a handle takes nothing from its child, nor the value: it can be awaited again.
    #[case("system/handle-waiter-gives-up", must, laws = [193, 258]; scope)]
    fn handle_waiter_gives_up<S>(fx: &Fixture<S>) {
        let proceed = Gate::new();
        let waits = proceed.clone();
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let mut child = n.spawn_with_handle(async move {
                waits.wait().await;
                assert!(!is_cancelled());
                7
            });
            let scope = CancelScope::new();
            scope.handle().cancel("no patience");
            let gave_up = scope.run((&mut child).or_cancelled()).await;
            assert!(gave_up.is_err() && child.state() == ChildState::Running);
            proceed.open();
            child.wait().await;
            // Both are there: the value and a request. The value wins.
            let scope = CancelScope::new();
            scope.handle().cancel("no patience");
            scope.run((&mut child).or_cancelled()).await.unwrap().unwrap()
        }));
        assert_eq!(value, 7);
    }

    /// Several may wait for one child. All are told, in the order in which they came.
    #[case("system/handle-with-two-waiters", must, laws = [194]; scope)]
    fn handle_with_two_waiters<S>(fx: &Fixture<S>) {
        let (proceed, order) = (Gate::new(), Arc::new(Mutex::new(Vec::new())));
        let waits = proceed.clone();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let child = n.spawn_with_handle(async move { waits.wait().await; });
            let (mut first, mut second) = (pin!(child.wait()), pin!(child.wait()));
            let wakers = [1, 2].map(|number| {
                Waker::from(Arc::new(Numbered { number, order: Arc::clone(&order) }))
            });
            assert!(first.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_pending());
            assert!(second.as_mut().poll(&mut Context::from_waker(&wakers[1])).is_pending());
            proceed.open();
            child.wait().await;
            assert_eq!((first.await, second.await), (ChildState::Done, ChildState::Done));
        }));
        assert_eq!(*order.lock().unwrap(), [1, 2]);
    }

    /// Values that are gathered by handle come in the order of the spawns, though the children end in another.
    #[case("system/handles-gather-in-spawn-order", must, laws = [195]; scope)]
    fn handles_gather_in_spawn_order<S>(fx: &Fixture<S>) {
        let gates: Vec<_> = (0..5).map(|_| Gate::new()).collect();
        let values = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let children: Vec<Child<usize>> = gates.iter().cloned().enumerate().map(|(number, gate)| {
                n.spawn_with_handle(async move { gate.wait().await; number })
            }).collect();
            for (gate, child) in gates.iter().zip(&children).rev() {
                gate.open();
                child.wait().await;
            }
            let mut values = Vec::new();
            for child in children {
                values.push(child.await.unwrap());
            }
            values
        }));
        assert_eq!(values, [0, 1, 2, 3, 4]);
    }

    /// Under a limit, the children that run are never more, and all run.
    #[case("system/handles-under-a-limit", must, laws = [203]; scope)]
    fn handles_under_a_limit<S>(fx: &Fixture<S>) {
        let (running, most) = (Arc::new(Mutex::new((0_usize, 0_usize))), 3);
        let values = fx.block_on(Builder::on(&fx.runtime()).limit(most).run(async |n| {
            let children: Vec<_> = (0..50).map(|number| {
                let running = Arc::clone(&running);
                n.spawn_with_handle(async move {
                    { let mut now = running.lock().unwrap(); now.0 += 1; now.1 = now.1.max(now.0); }
                    yield_once().await;
                    running.lock().unwrap().0 -= 1;
                    number
                })
            }).collect();
            let mut sum = 0;
            for child in children {
                sum += child.await.unwrap();
            }
            sum
        }));
        assert_eq!(values, (0..50).sum::<i32>());
        let (left, peak) = *running.lock().unwrap();
        assert!(left == 0 && (1..=most).contains(&peak), "{peak} ran at once");
    }

    /// Values that only move, are aligned beyond the usual, are huge or have no size arrive as they were.
    #[case("system/handle-of-odd-values", must, laws = [204]; scope)]
    fn handle_of_odd_values<S>(fx: &Fixture<S>) {
        #[derive(Debug, PartialEq)]
        #[repr(align(256))]
        struct Aligned([u8; 3]);
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let boxed = n.spawn_with_handle(async { yield_once().await; Box::new(7) });
            let aligned = n.spawn_with_handle(async { yield_once().await; Aligned([1, 2, 3]) });
            let huge = n.spawn_with_handle(async { yield_once().await; [7_u64; 4096] });
            let unit = n.spawn_with_handle(async { yield_once().await; });
            let supervised = n.spawn_supervised(async { yield_once().await; Aligned([4, 5, 6]) });
            assert_eq!(*boxed.await.unwrap(), 7);
            for (child, bytes) in [(aligned, [1, 2, 3]), (supervised, [4, 5, 6])] {
                let value = child.await.unwrap();
                assert_eq!((&raw const value).addr() % 256, 0);
                assert_eq!(value, Aligned(bytes));
            }
            assert_eq!(huge.await.unwrap(), [7; 4096]);
            unit.await.unwrap();
        }));
    }

    /// The failure of a child whose handle nobody awaits fails the nursery.
    #[case("system/handle-unawaited-failure", must, laws = [205]; scope)]
    fn handle_unawaited_failure<S>(fx: &Fixture<S>) {
        for keeps in [true, false] {
            let outcome = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
                let child = n.spawn_with_handle(async { Err::<u8, _>(Oops("broken")) });
                Ok(keeps.then_some(child))
            }));
            let error = outcome.expect_err("its child failed");
            assert!(matches!(error.primary().kind(), FailureKind::Error(Oops("broken"))));
        }
    }

    /// The panic of a supervised child whose handle nobody awaits is reported.
    #[case("system/handle-unawaited-panic-of-supervised", capability(Unwind), laws = [205], isolated)]
    fn handle_unawaited_panic_of_supervised<S>(fx: &Fixture<S>) {
        let reports = Reports::collect();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            drop(n.named("pet").spawn_supervised(async { panic!("broken") }));
        }));
        let told = |report: &Report| {
            matches!(report, Report::Unreturned { child, what }
                if child.name() == Some("pet") && what.contains("broken"))
        };
        assert_eq!(reports.count(told), 1);
    }

    /// An error or a panic of a supervised child is its handle's alone: the nursery and the siblings go on.
    #[case("system/handle-of-supervised-child", capability(Unwind), laws = []; scope)]
    fn handle_of_supervised_child<S>(fx: &Fixture<S>) {
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let failed = n.spawn_supervised(async { Err::<u8, _>(Oops("mine")) });
            assert_eq!(failed.await.unwrap(), Err(Oops("mine")));
            let panicked = n.spawn_supervised(async { panic!("mine too") });
            let error: steadfast_core::ChildError = panicked.await.unwrap_err();
            assert!(error.is_panic());
            let payload = error.into_panic().expect("the payload is the handle's");
            assert_eq!(words(&*payload), "mine too");
            assert!(!n.is_cancelled());
            7
        }));
        assert_eq!(value, 7);
    }

    /// A child that its nursery aborts after the grace shows as cancelled by its handle.
    #[case("system/handle-of-aborted-child", capability(Timers), laws = []; scope)]
    fn handle_of_aborted_child<S>(fx: &Fixture<S>) {
        let grace = Duration::from_millis(2);
        let handle = fx.block_on(Builder::on(&fx.runtime()).grace(grace).run(async |n| {
            let child = n.spawn_with_handle(pending::<()>());
            n.cancel("enough");
            child
        }));
        assert_eq!(handle.state(), ChildState::Cancelled);
        let error = fx.block_on(handle).unwrap_err();
        assert!(error.is_cancelled() && said(error.cancel_reason(), "enough"));
    }

    /// A child that its runtime drops shows as lost by its handle, and the nursery counts it out and ends.
    #[case("system/handle-of-child-lost-by-its-runtime", capability(Shutdown), laws = [299])]
    fn handle_of_child_lost_by_its_runtime<S>(fx: &Fixture<S>) {
        let (started, dropped) = (Gate::new(), Tally::new());
        let (opens, drops) = (started.clone(), dropped.clone());
        let mut nursery = Box::pin(Builder::on(&fx.runtime()).try_run(async |n| {
            let guard = OnDrop::new(move || { drops.add(); });
            let child = n.spawn_with_handle(async move {
                let _guard = guard;
                opens.open();
                pending::<Result<(), Oops>>().await
            });
            let error = child.await.unwrap_err();
            Ok::<_, Oops>(error.is_lost())
        }));
        fx.block_on(async {
            assert!(poll_once(&mut nursery).await.is_pending());
            started.wait().await;
        });
        fx.shutdown();
        assert_eq!(dropped.count(), 1);
        let polled = nursery.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(outcome) = polled else {
            panic!("nobody is left to wait for");
        };
        let error = outcome.expect_err("a lost child is a failure");
        assert!(matches!(error.primary().kind(), FailureKind::Lost));
    }

    /// A value that owns a resource is not lost with a handle that nobody awaits: its clean-up runs before the nursery returns.
    #[case("system/handle-dropped-with-a-resource", must, laws = [258]; scope)]
    fn handle_dropped_with_a_resource<S>(fx: &Fixture<S>) {
        let ledger = Ledger::default();
        let (early, late) = (ledger.clone(), ledger.clone());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let proceed = Gate::new();
            let waits = proceed.clone();
            drop(n.spawn_with_handle(async move {
                waits.wait().await;
                early.guard("handle dropped first")
            }));
            proceed.open();
            let child = n.spawn_with_handle(async move { late.guard("child ended first") });
            child.wait().await;
            drop(child);
        }));
        ledger.assert_all_closed_once(2);
    }

    /// A task that spawns into somebody else's nursery gives the child that nursery's requests and deadline, not its own.
    #[case("system/handle-of-child-in-foreign-nursery", capability(Timers), laws = [209]; scope)]
    fn handle_of_child_in_foreign_nursery<S>(fx: &Fixture<S>) {
        let (runtime, proceed, looked) = (fx.runtime(), Gate::new(), Gate::new());
        let (hour, minute) = (Duration::from_secs(3600), Duration::from_secs(60));
        let foreign = Builder::on(&fx.runtime()).deadline(hour);
        fx.block_on(foreign.run(async |owner| {
            let owners = current_deadline().expect("it has a deadline");
            let (waits, looks) = (proceed.clone(), looked.clone());
            let spawner = Builder::on(&runtime).run(async |n| {
                n.cancel("the spawner alone");
                let child = with_deadline(minute, async {
                    assert!(current_deadline().unwrap() < owners);
                    owner.spawn_with_handle(async move {
                        assert_eq!(current_deadline(), Some(owners));
                        waits.wait().await;
                        assert!(!is_cancelled());
                        looks.open();
                        cancelled().await
                    })
                }).await;
                proceed.open();
                child
            });
            let child = spawner.await;
            looked.wait().await;
            owner.cancel("the owner");
            assert!(said(Some(&child.await.unwrap()), "the owner"));
        }));
    }
}

fn said(reason: Option<&CancelReason>, text: &str) -> bool {
    matches!(reason, Some(CancelReason::Requested(request)) if request.text() == text)
}

/// A waker that writes its number down.
struct Numbered {
    number: usize,
    order: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Numbered {
    fn wake(self: Arc<Self>) {
        self.order.lock().unwrap().push(self.number);
    }
}
