//! The exit: who is waited for, and when the call returns.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use steadfast_core::{
    Builder, CancelReason, CancelScope, FutureExt, Never, Nursery, Runtime, StartError, cancelled,
    is_cancelled,
};

use crate::probe::{CountingWaker, Gate, OnDrop, Probe, Tally, many, start, yield_once};

crate::suite::cases! {
    system_exit_tests in system;

    /// An empty nursery returns the value of its body.
    #[case("system/exit-of-empty-nursery-gives-value", must, laws = [4, 10]; scope)]
    fn exit_of_empty_nursery_gives_value<S>(fx: &Fixture<S>) {
        let value = fx.block_on(Builder::on(&fx.runtime()).run(async |_n| 7));
        assert_eq!(value, 7);
        let value = fx.block_on(Builder::on(&fx.runtime()).try_run(async |_n| Ok::<_, &str>(8)));
        assert_eq!(value.ok(), Some(8));
    }

    /// The nursery waits for children that nobody awaits, does not ask them to end, and shows what they have done.
    #[case("system/exit-waits-for-children", must, laws = [1, 2, 10]; scope)]
    fn exit_waits_for_children<S>(fx: &Fixture<S>) {
        let (go, effects, faults) = (Gate::new(), Arc::new(AtomicUsize::new(0)), fx.faults());
        let value = fx.block_on(async {
            let mut run = pin!(Builder::on(&fx.runtime()).run(async |n| {
                for effect in [1, 10] {
                    let (go, effects, faults) = (go.clone(), effects.clone(), faults.clone());
                    n.spawn(async move {
                        go.wait().await;
                        faults.expect(!is_cancelled(), "a child was asked to end by the exit");
                        effects.fetch_add(effect, Ordering::Relaxed);
                    });
                }
                7
            }));
            assert!(glance(run.as_mut()).await.is_pending(), "the exit did not wait");
            go.open();
            run.await
        });
        assert_eq!((value, effects.load(Ordering::Relaxed)), (7, 11));
    }

    /// A child counts as finished when its future and its captures are gone, not before.
    #[case("system/exit-comes-after-captures", must, laws = [1]; scope)]
    fn exit_comes_after_captures<S>(fx: &Fixture<S>) {
        for _ in 0..many(50) {
            let dropped = Tally::new();
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                for _ in 0..4 {
                    let counts = dropped.clone();
                    let captured = OnDrop::new(move || { counts.add(); });
                    n.spawn(poll_fn(move |_| {
                        let _captured = &captured;
                        Poll::Ready(())
                    }));
                }
            }));
            assert_eq!(dropped.count(), 4);
        }
    }

    /// Children that spawn into the nursery after its body has ended are allowed to, and what they spawn is waited for.
    #[case("system/exit-waits-for-late-children", must, laws = [3, 219])]
    fn exit_waits_for_late_children<S>(fx: &Fixture<S>) {
        let (ran, body_gone) = (Tally::new(), Gate::new());
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            let opens = body_gone.clone();
            let _at_the_end = OnDrop::new(move || opens.open());
            let (body_gone, late, ran) = (body_gone.clone(), n.clone(), ran.clone());
            n.spawn(async move {
                body_gone.wait().await;
                assert!(late.spawn(relay(late.clone(), 20, ran)).is_ok());
            });
        }));
        assert_eq!(ran.count(), 21);
    }

    /// Leaving a nursery in a cancelled scope reports no request: the exit is not a place to give way.
    #[case("system/exit-is-no-cancel-point", must, laws = [6]; scope)]
    fn exit_is_no_cancel_point<S>(fx: &Fixture<S>) {
        let scope = CancelScope::new();
        let handle = scope.handle();
        handle.cancel("before it began");
        let value = fx.block_on(scope.run(async {
            let empty = Builder::on(&fx.runtime()).run(async |n| n.is_cancelled()).await;
            let tried = Builder::on(&fx.runtime()).try_run(async |_n| Ok::<_, &str>(7)).await;
            (empty, tried.ok())
        }));
        assert_eq!(value, (true, Some(7)));
        assert!(handle.was_cancelled() && !handle.was_obeyed());
    }

    /// A child that finishes without looking leaves a cancelled nursery successful, and the request unobeyed.
    #[case("system/exit-after-child-that-does-not-look", must, laws = [7]; scope)]
    fn exit_after_child_that_does_not_look<S>(fx: &Fixture<S>) {
        let (scope, ended) = (CancelScope::new(), Tally::new());
        let handle = scope.handle();
        let nursery = Builder::on(&fx.runtime()).try_run(async |n| {
            let ended = ended.clone();
            handle.cancel("while it is open");
            n.spawn(async move {
                yield_once().await;
                ended.add();
                Ok::<(), &str>(())
            });
            Ok(7)
        });
        assert_eq!(fx.block_on(scope.run(nursery)).ok(), Some(7));
        assert_eq!(ended.count(), 1);
        assert!(handle.was_cancelled() && !handle.was_obeyed());
    }

    /// A parent that waits at the exit and is asked to end passes that on, and goes on waiting, however often it is asked.
    #[case("system/exit-goes-on-waiting-when-asked-to-end", must, laws = [8, 9])]
    fn exit_goes_on_waiting_when_asked_to_end<S>(fx: &Fixture<S>) {
        let (asked, go, ended) = (Tally::new(), Gate::new(), Tally::new());
        let scope = CancelScope::new();
        let handle = scope.handle();
        let state = fx.block_on(async {
            let mut run = pin!(scope.run(async {
                Builder::on(&fx.runtime()).run(async |n| {
                    for _ in 0..3 {
                        let (asked, go, ended) = (asked.clone(), go.clone(), ended.clone());
                        n.spawn(async move {
                            cancelled().await;
                            asked.add();
                            go.wait().await;
                            ended.add();
                        });
                    }
                }).await;
                (ended.count(), is_cancelled())
            }));
            assert!(glance(run.as_mut()).await.is_pending(), "the exit did not wait");
            for _ in 0..10 {
                handle.cancel("enough");
                asked.reached(3).await;
                assert!(glance(run.as_mut()).await.is_pending(), "the exit gave way");
            }
            go.open();
            run.await
        });
        assert_eq!(state, (3, true), "children that had ended, and the caller's own request");
    }

    /// A `start` that is pending holds the nursery open, although its body is over, until the child is ready or has failed.
    #[case("system/exit-waits-for-pending-start", must, laws = [11])]
    fn exit_waits_for_pending_start<S>(fx: &Fixture<S>) {
        for fails in [false, true] {
            let (begun, go) = (Gate::new(), Gate::new());
            fx.block_on(async {
                let (child_begun, child_go) = (begun.clone(), go.clone());
                let mut run = pin!(Builder::on(&fx.runtime()).try_run(async |n| {
                    let starter = start(&fx.runtime(), async move {
                        n.start(|ready| async move {
                            child_begun.open();
                            child_go.wait().await;
                            if fails {
                                return Err("not today");
                            }
                            ready.report(7);
                            Ok(())
                        }).await
                    });
                    begun.wait().await;
                    Ok(starter)
                }));
                for _ in 0..3 {
                    // The first look waits for the child to have begun, as the body does.
                    assert!(glance(run.as_mut()).await.is_pending(), "closed under a pending start");
                    begun.wait().await;
                }
                go.open();
                let starter = run.await.expect("a `start` that fails is the starter's alone");
                let started = starter.wait().await.unwrap();
                match (fails, started) {
                    (false, Ok(7)) | (true, Err(StartError::Failed("not today"))) => {}
                    (_, other) => panic!("`start` returned {other:?}"),
                }
            });
        }
    }

    /// The last child's end wakes the parent that sleeps at the exit, exactly once; the others' ends do not.
    #[case("system/exit-is-woken-exactly-once", must, laws = [12]; scope)]
    fn exit_is_woken_exactly_once<S>(fx: &Fixture<S>) {
        fx.block_on(async {
            for _ in 0..many(100) {
                let (go, parent) = (Gate::new(), CountingWaker::new());
                let mut run = pin!(Builder::on(&fx.runtime()).run(async |n| {
                    for _ in 0..3 {
                        let go = go.clone();
                        n.spawn(async move { go.wait().await });
                    }
                }));
                let waker = parent.waker();
                let mut context = Context::from_waker(&waker);
                assert!(run.as_mut().poll(&mut context).is_pending());
                assert_eq!(parent.wakes(), 0, "woken while every child waits");
                go.open();
                while parent.wakes() == 0 {
                    yield_once().await;
                }
                assert!(run.as_mut().poll(&mut context).is_ready(), "woken before the last end");
                assert_eq!(parent.wakes(), 1);
            }
        });
    }

    /// The last child's end and the parent's going to sleep may race: the wake is never lost.
    #[case("system/exit-races-last-child", must, laws = [12]; scope)]
    fn exit_races_last_child<S>(fx: &Fixture<S>) {
        for round in 0..many(1_000) {
            let ended = Tally::new();
            fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
                for turns in [0, round % 5] {
                    let ended = ended.clone();
                    n.spawn(async move {
                        for _ in 0..turns {
                            yield_once().await;
                        }
                        ended.add();
                    });
                }
            }));
            assert_eq!(ended.count(), 2);
        }
    }

    /// A body that waits in a marked region is woken when a child fails, and gives way.
    #[case("system/exit-begins-when-child-fails", must, laws = [13]; scope)]
    fn exit_begins_when_child_fails<S>(fx: &Fixture<S>) {
        let mut gave_way = None;
        let result = fx.block_on(Builder::on(&fx.runtime()).try_run(async |n| {
            n.named("culprit").spawn(async { Err("broken") });
            gave_way = pending::<()>().or_cancelled().await.err();
            Ok(())
        }));
        assert_eq!(result.unwrap_err().into_primary().into_error(), Some("broken"));
        match gave_way.expect("the body was woken").reason() {
            CancelReason::Failed(child) => assert_eq!(child.name(), Some("culprit")),
            other => panic!("the body was asked to end for another reason: {other}"),
        }
    }

    /// Background children are asked to end when the foreground is done, not before; they are waited for.
    #[case("system/exit-ends-background-children-last", must, laws = [14]; scope)]
    fn exit_ends_background_children_last<S>(fx: &Fixture<S>) {
        let (go, question, answer) = (Gate::new(), Gate::new(), Gate::new());
        let (asked, leave, ended) = (Gate::new(), Gate::new(), Tally::new());
        let (faults, reason) = (fx.faults(), Arc::new(Mutex::new(None)));
        let after = fx.block_on(async {
            let mut run = pin!(Builder::on(&fx.runtime()).run(async |n| {
                let (questioned, answers, asked) = (question.clone(), answer.clone(), asked.clone());
                let (leave, ended) = (leave.clone(), ended.clone());
                let (faults, reason) = (faults.clone(), reason.clone());
                n.spawn_background(async move {
                    questioned.wait().await;
                    faults.expect(!is_cancelled(), "asked to end although there is foreground");
                    answers.open();
                    let why = cancelled().await;
                    *reason.lock().unwrap() = Some(why);
                    asked.open();
                    leave.wait().await;
                    ended.add();
                });
                let (go, question, answer) = (go.clone(), question.clone(), answer.clone());
                n.spawn(async move {
                    go.wait().await;
                    question.open();
                    answer.wait().await;
                });
                n
            }));
            assert!(glance(run.as_mut()).await.is_pending());
            go.open();
            while !asked.is_open() {
                assert!(glance(run.as_mut()).await.is_pending());
                yield_once().await;
            }
            assert!(glance(run.as_mut()).await.is_pending(), "the background was not waited for");
            leave.open();
            run.await
        });
        assert_eq!((ended.count(), after.cancel_reason()), (1, None));
        assert_eq!(*reason.lock().unwrap(), Some(CancelReason::Finished));
    }

    /// Two children that take turns both advance, whoever runs them.
    #[case("system/exit-sees-children-advance-in-step", must, laws = [15]; scope)]
    fn exit_sees_children_advance_in_step<S>(fx: &Fixture<S>) {
        let steps = [Tally::new(), Tally::new()];
        fx.block_on(Builder::on(&fx.runtime()).run(async |n| {
            for me in [0, 1] {
                let steps = steps.clone();
                n.spawn(async move {
                    for step in 1..=100 {
                        steps[me].add();
                        steps[1 - me].reached(step).await;
                    }
                });
            }
        }));
        assert_eq!(steps.map(|step| step.count()), [100, 100]);
    }

    /// A finished nursery keeps nothing of its children, and still says who it was.
    #[case("system/exit-lets-go-of-children", must, laws = [16]; scope)]
    fn exit_lets_go_of_children<S>(fx: &Fixture<S>) {
        let shared = Arc::new(());
        let opening = Builder::on(&fx.runtime()).name("pool");
        let (seen, n) = fx.block_on(opening.run(async |n| {
            let (go, held) = (Gate::new(), shared.clone());
            let wait = go.wait();
            n.named("worker").spawn(async move {
                let _held = held;
                wait.await;
            });
            let seen = n.tree().to_string();
            go.open();
            (seen, n)
        }));
        assert!(seen.contains("worker"), "{seen}");
        assert!(!n.tree().to_string().contains("worker"), "{}", n.tree());
        assert_eq!((n.len(), n.is_empty(), n.is_closed()), (0, true, true));
        assert_eq!(n.name(), Some("pool"));
        assert_eq!(Arc::strong_count(&shared), 1);
    }

    /// Under a limit never more children run than it says, as many as it says do, and all run in the end.
    #[case("system/exit-under-limit-runs-all", must, laws = [203]; scope)]
    fn exit_under_limit_runs_all<S>(fx: &Fixture<S>) {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let entered = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).limit(3).run(async |n| {
            for _ in 0..50 {
                let (running, most, entered) = (running.clone(), most.clone(), entered.clone());
                n.spawn(async move {
                    let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(now, Ordering::SeqCst);
                    entered.add();
                    // The first three meet here, so that the limit is seen to be reached.
                    entered.reached(3).await;
                    yield_once().await;
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
        }));
        assert_eq!((entered.count(), most.load(Ordering::SeqCst)), (50, 3));
    }

    /// Background children take no place under the limit.
    #[case("system/exit-limit-leaves-background-out", must, laws = [203]; scope)]
    fn exit_limit_leaves_background_out<S>(fx: &Fixture<S>) {
        let met = Tally::new();
        fx.block_on(Builder::on(&fx.runtime()).limit(1).run(async |n| {
            for _ in 0..3 {
                let met = met.clone();
                n.spawn_background(async move {
                    met.add();
                    met.reached(4).await;
                });
            }
            let met = met.clone();
            n.spawn(async move {
                met.add();
                met.reached(4).await;
            });
        }));
        assert_eq!(met.count(), 4);
    }

    /// `spawn_when_free` waits for a place before the child exists, and then starts it.
    #[case("system/exit-spawn-when-free-waits-first", must, laws = [203]; scope)]
    fn exit_spawn_when_free_waits_first<S>(fx: &Fixture<S>) {
        let (go, second) = (Gate::new(), Probe::new(&fx.faults()));
        fx.block_on(Builder::on(&fx.runtime()).limit(1).run(async |n| {
            let wait = go.wait();
            n.spawn(wait);
            let mut spawning = pin!(n.spawn_when_free(second.ready()));
            for _ in 0..5 {
                assert!(glance(spawning.as_mut()).await.is_pending());
                assert_eq!(n.len(), 1, "there is a child before there is a place");
                yield_once().await;
            }
            go.open();
            assert!(spawning.await.is_ok());
        }));
        assert_eq!((second.polls().count(), second.drops().count()), (1, 1));
    }

    /// `spawn_when_free` that waits is woken by a request to the nursery, and hands the future back as it was.
    #[case("system/exit-spawn-when-free-is-refused-on-request", must, laws = [223]; scope)]
    fn exit_spawn_when_free_is_refused_on_request<S>(fx: &Fixture<S>) {
        let (go, second) = (Gate::new(), Probe::new(&fx.faults()));
        fx.block_on(Builder::on(&fx.runtime()).limit(1).run(async |n| {
            let wait = go.wait();
            n.spawn(wait);
            let spawning = start(&fx.runtime(), n.spawn_when_free(second.ready()));
            // Whether the request comes before or after the wait began, the answer is the same.
            yield_once().await;
            n.cancel("no more");
            let refused = spawning.wait().await.unwrap().expect_err("the place is taken");
            assert!(refused.is_cancelled() && !refused.is_full() && !refused.is_closed());
            assert_eq!((second.polls().count(), second.drops().count()), (0, 0));
            refused.into_inner().await;
            go.open();
        }));
        assert_eq!((second.polls().count(), second.drops().count()), (1, 1));
    }
}

/// Polls `future` once.
pub(super) async fn glance<F: Future + ?Sized>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// A child that spawns the next one.
fn relay<R: Runtime>(
    n: Nursery<Never, R>,
    legs: usize,
    ran: Tally,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        ran.add();
        yield_once().await;
        if legs > 0 {
            assert!(n.spawn(relay(n.clone(), legs - 1, ran)).is_ok());
        }
    })
}
