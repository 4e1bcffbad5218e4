//! How a request travels: whom it reaches, and whom it wakes.

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::thread;

use steadfast_core::{
    Builder, CancelReason, CancelScope, FutureExt, Runtime, cancelled, checkpoint, is_cancelled,
};

use super::{poll_with, text};
use crate::probe::{CountingWaker, Gate, OnDrop, Probe, Tally, many, yield_once};

crate::suite::cases! {
    system_cancel_requests_tests in system;

    /// A nursery that was asked to end is not asked again: the first reason stands, and nobody is woken a second time.
    #[case("system/cancel-again-changes-nothing", must, laws = [60, 88]; scope)]
    fn cancel_again_changes_nothing<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (waker, late) = (CountingWaker::new(), CountingWaker::new());
            let mut waits = pin!(cancelled());
            assert!(poll_with(waits.as_mut(), &waker).is_pending());
            n.cancel("first");
            assert_eq!(waker.wakes(), 1);
            let mut told = pin!(cancelled());
            assert!(poll_with(told.as_mut(), &late).is_ready());
            n.cancel("second");
            n.cancel("third");
            assert_eq!((waker.wakes(), late.wakes()), (1, 0));
            assert_eq!(text(n.cancel_reason().as_ref()), Some("first"));
        }));
    }

    /// A request wakes those that wait for it, once each: not those behind a shield, not those in a scope beside, and not
    /// those that have stopped waiting.
    #[case("system/cancel-wakes-exactly-those-that-wait", must, laws = [63, 93, 148]; scope)]
    fn cancel_wakes_exactly_those_that_wait<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |_n| {
            let scope = CancelScope::new();
            let handle = scope.handle();
            let wakers: [CountingWaker; 5] = std::array::from_fn(|_| CountingWaker::new());
            let [waits, region, shielded, gone, beside] = &wakers;
            let mut outside = pin!(cancelled());
            assert!(poll_with(outside.as_mut(), beside).is_pending());
            scope.run(async {
                let mut a = pin!(cancelled());
                let mut b = pin!(pending::<()>().or_cancelled());
                let mut c = pin!(cancelled().shielded());
                assert!(poll_with(a.as_mut(), waits).is_pending());
                assert!(poll_with(b.as_mut(), region).is_pending());
                assert!(poll_with(c.as_mut(), shielded).is_pending());
                {
                    let mut d = pin!(cancelled());
                    assert!(poll_with(d.as_mut(), gone).is_pending());
                }
                assert_eq!(gone.held(), 0, "the waker of a wait that was dropped is still held");
                handle.cancel("enough");
            }).await;
            assert_eq!(wakers.each_ref().map(CountingWaker::wakes), [1, 1, 0, 0, 0]);
            assert_eq!(waits.held() + region.held(), 0);
        }));
    }

    /// Whoever waits inside two scopes is woken once, whichever is cancelled first.
    #[case("system/cancel-of-two-scopes-wakes-once", must, laws = [72]; scope)]
    fn cancel_of_two_scopes_wakes_once<S>(fx: &Fixture<S>) {
        for outer_first in [true, false] {
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                let scope = CancelScope::new();
                let (handle, waker) = (scope.handle(), CountingWaker::new());
                scope.run(async {
                    let mut waits = pin!(cancelled());
                    assert!(poll_with(waits.as_mut(), &waker).is_pending());
                    if outer_first {
                        n.cancel("outer");
                        handle.cancel("inner");
                    } else {
                        handle.cancel("inner");
                        n.cancel("outer");
                    }
                    assert_eq!(waker.wakes(), 1);
                }).await;
                let expected = if outer_first { "outer" } else { "inner" };
                assert_eq!(text(handle.reason().as_ref()), Some(expected));
            }));
        }
    }

    /// A request reaches the leaves of a tree although nobody in the layers between has moved.
    #[case("system/cancel-reaches-every-descendant", must, laws = [63, 68]; scope)]
    fn cancel_reaches_every_descendant<S>(fx: &Fixture<S>) {
        let (waits, told) = (Gate::new(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn(layers(fx.runtime(), 50, waits.clone(), told.clone()));
            waits.wait().await;
            n.cancel("all of it");
        }));
        assert!(told.is_open());
    }

    /// A child whose nursery was cancelled before it was spawned is started all the same, and polled once before its region
    /// gives way.
    #[case("system/cancel-before-spawn-gives-first-poll", must, laws = [65, 67]; scope)]
    fn cancel_before_spawn_gives_first_poll<S>(fx: &Fixture<S>) {
        let (probe, begun) = (Probe::new(&fx.faults()), Tally::new());
        let seen = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.cancel("too late");
            let began = begun.clone();
            assert!(n.spawn_until_cancelled(probe.pending()).is_ok());
            n.spawn_with_handle(async move {
                began.add();
                checkpoint().is_err()
            }).await.unwrap()
        }));
        assert!(seen, "the first mark of a child in a cancelled nursery did not tell");
        assert_eq!((probe.polls().count(), probe.drops().count(), begun.count()), (1, 1, 1));
    }

    /// A child that is cancelled right after its spawn has its first poll, whether or not it had begun.
    #[case("system/cancel-right-after-spawn-gives-first-poll", must, laws = [65, 67]; scope)]
    fn cancel_right_after_spawn_gives_first_poll<S>(fx: &Fixture<S>) {
        for _ in 0..many(50) {
            let begun = Tally::new();
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                let began = begun.clone();
                let child = n.spawn_with_handle(async move {
                    began.add();
                    pending::<()>().or_cancelled().await.is_err()
                });
                child.cancel("at once");
                assert!(child.await.unwrap());
                assert!(!n.is_cancelled());
            }));
            assert_eq!(begun.count(), 1);
        }
    }

    /// In a task that was cancelled, a nursery starts its body, says that it is cancelled, hands a conditional spawn back
    /// unpolled, and takes the plain one.
    #[case("system/cancel-of-task-shows-in-its-nurseries", must, laws = [76, 101, 165]; scope)]
    fn cancel_of_task_shows_in_its_nurseries<S>(fx: &Fixture<S>) {
        let (refused, taken) = (Probe::new(&fx.faults()), Probe::new(&fx.faults()));
        let rt = fx.runtime();
        fx.block_on(Builder::on(&rt).run(async |outer| {
            outer.cancel("the task around");
            Builder::on(&rt).run(async |n| {
                assert!(n.is_cancelled() && is_cancelled());
                assert_eq!(n.cancel_reason(), outer.cancel_reason());
                let back = n.try_spawn(refused.pending()).expect_err("it was taken");
                assert!(back.is_cancelled());
                drop(back.into_inner());
                assert!(n.spawn(taken.ready()).is_ok());
            }).await;
        }));
        assert_eq!((refused.polls().count(), taken.polls().count()), (0, 1));
    }

    /// A thread that the runtime knows nothing of can cancel, and so can another task.
    #[case("system/cancel-from-foreign-thread", must, laws = [63, 77]; scope)]
    fn cancel_from_foreign_thread<S>(fx: &Fixture<S>) {
        let scope = CancelScope::new();
        let (by_thread, waits) = (scope.handle(), Gate::new());
        let begun = waits.clone();
        let thread = thread::spawn(move || {
            begun.wait_blocking();
            by_thread.cancel("from a thread");
        });
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let first = scope.run(async {
                waits.open();
                pending::<()>().or_cancelled().await
            }).await;
            let cancelled = first.expect_err("the region ended by itself");
            assert_eq!(text(Some(cancelled.reason())), Some("from a thread"));
            let asks = n.clone();
            n.spawn(async move { asks.cancel("from a task"); });
            let cancelled = pending::<()>().or_cancelled().await.expect_err("it ended by itself");
            assert_eq!(text(Some(cancelled.reason())), Some("from a task"));
        }));
        thread.join().unwrap();
    }

    /// A task can cancel itself: the call returns at once, awaits that are not marked go on, and the next mark tells.
    #[case("system/cancel-of-self-acts-at-next-mark", must, laws = [62]; scope)]
    fn cancel_of_self_acts_at_next_mark<S>(fx: &Fixture<S>) {
        let turns = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (asks, counts) = (n.clone(), turns.clone());
            let child = n.spawn_with_handle(async move {
                asks.cancel("myself");
                for _ in 0..3 {
                    yield_once().await;
                    counts.add();
                }
                checkpoint().is_err()
            });
            assert!(child.await.unwrap());
        }));
        assert_eq!(turns.count(), 3);
    }

    /// A child that cancels its nursery in its first poll ends a body that waits in a region.
    #[case("system/cancel-by-child-in-its-first-poll", must, laws = [86]; scope)]
    fn cancel_by_child_in_its_first_poll<S>(fx: &Fixture<S>) {
        for _ in 0..20 {
            let ended = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                let asks = n.clone();
                n.spawn(async move { asks.cancel("already"); });
                pending::<()>().or_cancelled().await
            }));
            assert!(ended.is_err());
        }
    }

    /// Cancelling a child that is done changes nothing, neither its value nor its state nor its nursery.
    #[case("system/cancel-of-finished-child-is-nothing", must, laws = [79]; scope)]
    fn cancel_of_finished_child_is_nothing<S>(fx: &Fixture<S>) {
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let child = n.spawn_with_handle(async { 7 });
            let state = child.wait().await;
            child.cancel("too late");
            assert_eq!(child.state(), state);
            assert!(!n.is_cancelled());
            n.cancel("too late as well");
            assert_eq!(child.state(), state);
            assert_eq!(child.await.ok(), Some(7));
        }));
    }

    /// A child that shields itself for long in a cancelled scope is polled for its own wakes and once for the request, however
    /// often it is asked.
    #[case("system/cancel-of-shielded-child-polls-boundedly", must, laws = [92]; scope)]
    fn cancel_of_shielded_child_polls_boundedly<S>(fx: &Fixture<S>) {
        const WAKES: usize = 20;
        let (probe, turns) = (Probe::new(&fx.faults()), Tally::new());
        let counts = turns.clone();
        let inner = probe.future(move |_, cx| {
            let mut next = pin!(counts.reached(WAKES));
            next.as_mut().poll(cx)
        });
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            n.spawn_until_cancelled(inner.shielded());
            probe.polls().reached(1).await;
            for turn in 1..=WAKES {
                n.cancel("again");
                let before = probe.polls().count();
                turns.add();
                if turn < WAKES {
                    probe.polls().reached(before + 1).await;
                }
            }
        }));
        let polls = probe.polls().count();
        assert!(polls <= 1 + 1 + WAKES, "{polls} polls for {WAKES} wakes");
    }

    /// Code that drops a nursery half-way has its children asked to end, and what would have come after is not run.
    #[case("system/cancel-by-drop-asks-children", must, laws = [94, 95])]
    fn cancel_by_drop_asks_children<S>(fx: &Fixture<S>) {
        let (rt, gone, reached) = (fx.runtime(), Tally::new(), Tally::new());
        let reason = fx.block_on(Builder::on(&rt).run(async |outer| {
            let waits = Gate::new();
            let (opens, at_end) = (waits.clone(), gone.clone());
            let told = std::sync::Arc::new(std::sync::Mutex::new(None));
            let tells = told.clone();
            {
                let mut dropped = Box::pin(async {
                    Builder::on(&rt).run(async |n| {
                        n.spawn(async move {
                            let _end = OnDrop::new(move || { at_end.add(); });
                            opens.open();
                            *tells.lock().unwrap() = Some(cancelled().await);
                        });
                        pending::<()>().await;
                    }).await;
                    reached.add();
                });
                assert!(poll_with(dropped.as_mut(), &CountingWaker::new()).is_pending());
                waits.wait().await;
            }
            assert!(!outer.is_cancelled(), "the drop of a nursery cancelled the one around it");
            told
        }));
        assert_eq!(*reason.lock().unwrap(), Some(CancelReason::Dropped));
        assert_eq!((gone.count(), reached.count()), (1, 0));
    }

    /// To cancel and wait returns when what the child owned has finished too; to cancel alone returns before.
    #[case("system/cancel-and-wait-joins-descendants", must, laws = [98, 99]; scope)]
    fn cancel_and_wait_joins_descendants<S>(fx: &Fixture<S>) {
        let (rt, waits, may_end, gone) = (fx.runtime(), Gate::new(), Gate::new(), Tally::new());
        fx.block_on(Builder::on(&rt).run(async |n| {
            let (inner, opens, ends, counts) =
                (rt.clone(), waits.clone(), may_end.clone(), gone.clone());
            let child = n.spawn_with_handle(async move {
                Builder::on(&inner).run(async |deep| {
                    deep.spawn(async move {
                        let _end = OnDrop::new(move || { counts.add(); });
                        opens.open();
                        cancelled().await;
                        ends.wait().await;
                    });
                }).await;
            });
            waits.wait().await;
            child.cancel("enough");
            assert!(!child.is_finished() && gone.count() == 0);
            may_end.open();
            child.wait().await;
            assert_eq!(gone.count(), 1);
        }));
    }

    /// A token of another library is linked by a background child that waits for it.
    #[case("system/cancel-by-linked-token", should, laws = [100]; scope)]
    fn cancel_by_linked_token<S>(fx: &Fixture<S>) {
        let foreign = Gate::new();
        let ended = fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (token, asks) = (foreign.clone(), n.clone());
            n.spawn_background(async move {
                if token.wait().or_cancelled().await.is_ok() {
                    asks.cancel("the token fired");
                }
            });
            foreign.open();
            pending::<()>().or_cancelled().await
        }));
        assert_eq!(text(ended.err().as_ref().map(|c| c.reason())), Some("the token fired"));
    }

    /// A request reaches background children as well.
    #[case("system/cancel-reaches-background-children", must, laws = [63]; scope)]
    fn cancel_reaches_background_children<S>(fx: &Fixture<S>) {
        let (waits, told) = (Gate::new(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let (opens, tells) = (waits.clone(), told.clone());
            n.spawn_background(async move {
                let mut waiting = pin!(cancelled());
                assert!(poll_with(waiting.as_mut(), &CountingWaker::new()).is_pending());
                opens.open();
                waiting.await;
                tells.open();
            });
            waits.wait().await;
            n.cancel("everybody");
            // The body does not end by itself before the service has.
            told.wait().await;
        }));
    }
}

/// Nurseries inside each other, each in a task of its own. The innermost waits for a request; the others for `told`, unmarked.
fn layers<R: Runtime>(
    runtime: R,
    depth: usize,
    waits: Gate,
    told: Gate,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        if depth == 0 {
            waits.open();
            cancelled().await;
            told.open();
            return;
        }
        let inner = layers(runtime.clone(), depth - 1, waits, told.clone());
        Builder::on(&runtime)
            .run(async move |n| {
                n.spawn(inner);
                told.wait().await;
            })
            .await;
    })
}
