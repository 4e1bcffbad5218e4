//! From where tasks can be spawned, and that every one of them runs.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use steadfast_core::Runtime;

use crate::probe::{Gate, OnDrop, Tally, many, start, yield_once};

crate::suite::cases! {
    backend_spawning_tests in backend;

    /// A task that was spawned runs to its end.
    #[case("backend/runs-spawned-task", must, laws = [])]
    fn runs_spawned_task<S>(fx: &Fixture<S>) {
        let task = start(&fx.runtime(), async { 7 });
        assert_eq!(fx.block_on(task.wait()), Ok(7));
    }

    /// A task can spawn a task, which outlives it.
    #[case("backend/spawn-inside-task", must, laws = [])]
    fn spawn_inside_task<S>(fx: &Fixture<S>) {
        let (runtime, outer_ended) = (fx.runtime(), Gate::new());
        let ended = outer_ended.clone();
        let outer = start(&fx.runtime(), async move {
            start(&runtime, async move {
                ended.wait().await;
                7
            })
        });
        let value = fx.block_on(async {
            let inner = outer.wait().await.unwrap();
            outer_ended.open();
            inner.wait().await
        });
        assert_eq!(value, Ok(7));
    }

    /// A thread that the runtime knows nothing of can spawn, and the runtime notices although it is idle.
    #[case("backend/spawn-off-runtime-thread", must, laws = [])]
    fn spawn_off_runtime_thread<S>(fx: &Fixture<S>) {
        for _ in 0..20 {
            let (runtime, ended) = (fx.runtime(), Gate::new());
            let opens = ended.clone();
            let thread = thread::spawn(move || {
                runtime.spawn(async move { opens.open() }).is_ok()
            });
            fx.block_on(ended.wait());
            assert!(thread.join().unwrap(), "a runtime that is alive must take tasks");
        }
    }

    /// A destructor of a task that ends can spawn another.
    #[case("backend/spawn-from-destructor", must, laws = [])]
    fn spawn_from_destructor<S>(fx: &Fixture<S>) {
        let (runtime, ran) = (fx.runtime(), Gate::new());
        let opens = ran.clone();
        let last_wish = OnDrop::new(move || {
            let spawned = runtime.spawn(async move { opens.open() });
            assert!(spawned.is_ok(), "a runtime that is alive must take tasks");
        });
        // The capture, unlike a local, is dropped with the task and not by its code.
        fx.spawn(std::future::poll_fn(move |_| {
            let _captured = &last_wish;
            std::task::Poll::Ready(())
        }));
        fx.block_on(ran.wait());
    }

    /// Ten thousand tasks, spawned at once, all run.
    #[case("backend/many-tasks-all-run", must, laws = [])]
    fn many_tasks_all_run<S>(fx: &Fixture<S>) {
        let (runtime, ran) = (fx.runtime(), Tally::new());
        for _ in 0..many(10_000) {
            let ran = ran.clone();
            let spawned = runtime.spawn(async move {
                yield_once().await;
                ran.add();
            });
            assert!(spawned.is_ok(), "a runtime that is alive must take tasks");
        }
        fx.block_on(ran.reached(many(10_000)));
        assert_eq!(ran.count(), many(10_000));
    }

    /// Tasks that wait for each other end on any number of threads, because waiting takes none.
    #[case("backend/single-worker-no-deadlock", must, laws = [273])]
    fn single_worker_no_deadlock<S>(fx: &Fixture<S>) {
        let task = start(&fx.runtime(), chain(fx.runtime(), 100));
        assert_eq!(fx.block_on(task.wait()), Ok(100));
    }

    /// Nobody holds a handle to a task, and it is not cancelled for that.
    #[case("backend/unwatched-task-lives", must, laws = [])]
    fn unwatched_task_lives<S>(fx: &Fixture<S>) {
        let (asks, answers) = (Tally::new(), Tally::new());
        let (asked, answered) = (asks.clone(), answers.clone());
        fx.spawn(async move {
            for round in 1..=100 {
                asked.reached(round).await;
                answered.add();
            }
        });
        fx.block_on(async {
            for round in 1..=100 {
                asks.add();
                answers.reached(round).await;
            }
        });
    }

    /// What a task captured is dropped when the task has ended, also while its waker is still held.
    #[case("backend/finished-task-drops-captures", must, laws = [])]
    fn finished_task_drops_captures<S>(fx: &Fixture<S>) {
        let (ended, dropped) = (Gate::new(), Gate::new());
        let (opens, opens_last) = (ended.clone(), dropped.clone());
        let captured = OnDrop::new(move || opens_last.open());
        let waker = Arc::new(std::sync::Mutex::new(None));
        let keeps = Arc::clone(&waker);
        fx.spawn(std::future::poll_fn(move |cx| {
            let _captured = &captured;
            *keeps.lock().unwrap() = Some(cx.waker().clone());
            opens.open();
            std::task::Poll::Ready(())
        }));
        fx.block_on(async {
            ended.wait().await;
            dropped.wait().await;
        });
        assert!(waker.lock().unwrap().is_some(), "the waker was held to the end");
    }

    /// Tasks that wake themselves without end leave room for each other, and for a task that comes later.
    #[case("backend/self-waking-task-does-not-starve", should, laws = [])]
    fn self_waking_task_does_not_starve<S>(fx: &Fixture<S>) {
        let (complete, fed) = (Arc::new(AtomicBool::new(false)), Tally::new());
        let turns = Arc::new(AtomicUsize::new(0));
        let hogs = fx.profile().threads() + 3;
        let mut tasks: Vec<_> = (0..hogs).map(|_| {
            let (complete, fed, turns) = (complete.clone(), fed.clone(), turns.clone());
            start(&fx.runtime(), async move {
                let mut own_turns = 0;
                while fed.count() <= hogs && turns.load(Ordering::SeqCst) < patience() {
                    turns.fetch_add(complete.load(Ordering::SeqCst).into(), Ordering::SeqCst);
                    own_turns += 1;
                    if own_turns == 10 {
                        fed.add();
                    }
                    yield_once().await;
                }
            })
        }).collect();
        fx.block_on(async {
            let late = fed.clone();
            tasks.push(start(&fx.runtime(), async move { late.add(); }));
            complete.store(true, Ordering::SeqCst);
            for task in tasks {
                task.wait().await.unwrap();
            }
        });
        let turns = turns.load(Ordering::SeqCst);
        assert!(turns < patience(), "a ready task waited for {turns} polls of others");
    }
}

/// How many polls of others a ready task may have to wait for. Generous: a starved task waits for all of them.
fn patience() -> usize {
    many(500_000)
}

/// A task that waits for a task that waits for a task.
fn chain<R: Runtime>(runtime: R, depth: usize) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async move {
        if depth == 0 {
            return 0;
        }
        let rest = start(&runtime, chain(runtime.clone(), depth - 1));
        rest.wait().await.map_or(0, |length| length + 1)
    })
}
