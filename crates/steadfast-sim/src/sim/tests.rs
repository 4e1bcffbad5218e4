use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use steadfast_core as core;
use steadfast_core::{Entry, Spawn, SpawnBlocking, sleep, yield_now};

use super::{Policy, Sim, SimHandle, Trace};
use crate::kit::{Gate, OnDrop, Tally, yield_once};

/// Two children that yield, one that sleeps, one that is spawned late.
fn program(sim: &Sim) -> Trace {
    sim.block_on(core::Builder::on(&sim.handle()).run(async |n| {
        for turns in [1, 2] {
            n.spawn(async move {
                for _ in 0..turns {
                    yield_now().await;
                }
            });
        }
        let late = n.clone();
        n.spawn(async move {
            sleep(Duration::from_secs(1)).await;
            late.spawn(async {});
        });
    }));
    sim.trace()
}

fn traced(policy: Policy, seed: u64, workers: usize) -> Trace {
    let builder = Sim::builder().policy(policy).seed(seed).workers(workers);
    program(&builder.traced().build())
}

#[test]
fn trace_of_a_small_program_is_exactly_this_in_order_of_arrival() {
    let expected = "\
wake main
poll main
spawn #1 by main
spawn #2 by main
spawn #3 by main
poll #1
wake #1 by #1
poll #2
wake #2 by #2
poll #3
poll #1
end #1
poll #2
wake #2 by #2
poll #2
end #2
clock 1s
wake #3
poll #3
spawn #4 by #3
end #3
poll #4
wake main by #4
end #4
poll main
end main
";
    assert_eq!(traced(Policy::Fifo, 0, 1).to_string(), expected);
}

#[test]
fn trace_of_a_small_program_is_exactly_this_the_other_way_round() {
    let expected = "\
wake main
poll main
spawn #1 by main
spawn #2 by main
spawn #3 by main
poll #3
poll #2
wake #2 by #2
poll #2
wake #2 by #2
poll #2
end #2
poll #1
wake #1 by #1
poll #1
end #1
clock 1s
wake #3
poll #3
spawn #4 by #3
end #3
poll #4
wake main by #4
end #4
poll main
end main
";
    assert_eq!(traced(Policy::Lifo, 0, 1).to_string(), expected);
}

#[test]
fn last_woken_task_comes_first_though_it_was_ready_before() {
    let sim = Sim::builder().policy(Policy::LastWokenFirst).build();
    let (order, go) = (Arc::new(Mutex::new(Vec::new())), Gate::new());
    let wakers = Arc::new(Mutex::new(Vec::new()));
    for name in ["first", "second"] {
        let (order, wakers, mut polls) = (Arc::clone(&order), Arc::clone(&wakers), 0);
        let task = poll_fn(move |cx| {
            polls += 1;
            if polls == 1 {
                wakers.lock().unwrap().push((name, cx.waker().clone()));
                return Poll::Pending;
            }
            order.lock().unwrap().push(name);
            Poll::Ready(())
        });
        sim.handle().spawn(task).unwrap();
    }
    sim.block_on(async {
        sim.handle().idle().await;
        let mut wakers = wakers.lock().unwrap();
        wakers.sort_by_key(|(name, _)| *name);
        // Both are ready; the first is woken once more.
        for at in [0, 1, 0] {
            wakers[at].1.wake_by_ref();
        }
        go.open();
    });
    sim.block_on(sim.handle().idle());
    assert_eq!(*order.lock().unwrap(), ["first", "second"]);
}

#[test]
fn seed_gives_the_same_run_again_and_another_seed_another_one() {
    for workers in [1, 3] {
        let runs: Vec<Trace> = (0..20)
            .map(|seed| traced(Policy::Random, seed, workers))
            .collect();
        for (seed, run) in (0..).zip(&runs) {
            assert_eq!(*run, traced(Policy::Random, seed, workers), "seed {seed}");
        }
        assert!(
            runs.iter().any(|run| *run != runs[0]),
            "chance decided nothing"
        );
    }
}

#[test]
fn workers_have_thread_locals_of_their_own() {
    thread_local!(static SEEN: Cell<u32> = const { Cell::new(0) });
    let sim = Sim::builder().workers(3).seed(5).build();
    let threads = Arc::new(Mutex::new(Vec::new()));
    sim.block_on(core::Builder::on(&sim.handle()).run(async |n| {
        for _ in 0..20 {
            let threads = Arc::clone(&threads);
            n.spawn(async move {
                for _ in 0..5 {
                    SEEN.set(SEEN.get() + 1);
                    threads.lock().unwrap().push(thread::current().id());
                    yield_once().await;
                }
            });
        }
    }));
    let mut threads = threads.lock().unwrap().clone();
    assert_eq!(threads.len(), 100);
    assert!(SEEN.get() < 100, "some polls were on other threads");
    threads.sort_by_key(|id| format!("{id:?}"));
    threads.dedup();
    assert_eq!(threads.len(), 3);
}

/// The text of the panic that `run` ends with.
fn panic_of(run: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("a panic was expected");
    let text = payload.downcast::<String>().map(|text| *text);
    text.or_else(|payload| payload.downcast::<&str>().map(|text| (*text).to_owned()))
        .expect("a panic with words")
}

#[test]
fn deadlock_ends_with_the_tree() {
    let sim = Sim::new(3);
    let text = panic_of(|| {
        let nursery = core::Builder::on(&sim.handle()).name("stuck nursery");
        sim.block_on(nursery.slow_exit(Duration::MAX).run(async |n| {
            n.named("waits for ever").spawn(pending::<()>());
        }));
    });
    for part in [
        "deadlock",
        "seed 3",
        "policy random",
        "stuck nursery",
        "`waits for ever`",
        "#1: spawned by main at step 1, never woken",
    ] {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
}

#[test]
fn livelock_ends_after_the_limit_of_steps() {
    let sim = Sim::builder().step_limit(1000).build();
    let text = panic_of(|| {
        sim.block_on(async {
            loop {
                yield_now().await;
            }
        });
    });
    assert!(text.contains("livelock at step 1000"), "{text}");
}

#[test]
fn wake_from_a_foreign_thread_is_waited_for_with_patience() {
    let sim = Sim::builder().patience(Duration::from_secs(60)).build();
    let (go, here) = (Gate::new(), Gate::new());
    let (opens, hears) = (go.clone(), here.clone());
    let foreign = thread::spawn(move || {
        hears.wait_blocking();
        opens.open();
    });
    sim.block_on(async {
        let waits = go.wait();
        here.open();
        waits.await;
    });
    foreign.join().unwrap();
}

#[test]
fn blocking_work_holds_the_clock() {
    let sim = Sim::new(0);
    let (handle, go) = (sim.handle(), Gate::new());
    let waits = go.clone();
    let ended = Tally::new();
    let ends = ended.clone();
    sim.block_on(async {
        let work = move || {
            waits.wait_blocking();
            ends.add();
        };
        handle.spawn_blocking(work).unwrap();
        // A timer is set, and all else waits: the clock must stand while the work runs.
        let timer = pin!(core::Timer::sleep_until(
            &handle,
            core::Timer::now(&handle) + Duration::from_secs(1)
        ));
        let mut timer = timer;
        assert!(
            poll_fn(|cx| Poll::Ready(timer.as_mut().poll(cx)))
                .await
                .is_pending()
        );
        for _ in 0..100 {
            yield_once().await;
        }
        assert_eq!((handle.elapsed(), ended.count()), (Duration::ZERO, 0));
        go.open();
        timer.await;
        assert_eq!(ended.count(), 1, "the clock jumped while blocking work ran");
    });
}

#[test]
fn quiet_is_given_to_one_at_a_time() {
    for &policy in Policy::ALL {
        let sim = Sim::builder().policy(policy).build();
        let order = Arc::new(Mutex::new(Vec::new()));
        sim.block_on(core::Builder::on(&sim.handle()).run(async |n| {
            for name in ["one", "other"] {
                let (handle, order) = (sim.handle(), Arc::clone(&order));
                n.spawn(async move {
                    handle.idle().await;
                    for _ in 0..5 {
                        order.lock().unwrap().push(name);
                        yield_once().await;
                    }
                });
            }
        }));
        let mut order = order.lock().unwrap().clone();
        assert_eq!(order.len(), 10);
        order.dedup();
        assert_eq!(
            order.len(),
            2,
            "{policy:?}: both went on at once: {order:?}"
        );
    }
}

#[test]
fn polls_and_looks_at_the_clock_take_time_if_asked_to() {
    let tick = Duration::from_micros(1);
    let sim = Sim::builder().tick(tick).build();
    let handle = sim.handle();
    sim.block_on(async {
        // In one poll; then in many.
        let end = core::Timer::now(&handle) + tick * 50;
        while core::Timer::now(&handle) < end {}
        let rung = Gate::new();
        let rings = rung.clone();
        let timer = core::Timer::sleep_until(&handle, end + tick * 50);
        let ring = async move {
            timer.await;
            rings.open();
        };
        handle.spawn(ring).unwrap();
        while !rung.is_open() {
            yield_once().await;
        }
    });
    assert!(sim.elapsed() >= tick * 100, "{:?}", sim.elapsed());
}

#[test]
fn whole_runtime_is_dropped_at_any_step() {
    let mut steps = 0;
    loop {
        let (made, dropped) = (Tally::new(), Tally::new());
        let sim = Sim::new(steps);
        let guard = || {
            made.add();
            let dropped = dropped.clone();
            OnDrop::new(move || _ = dropped.add())
        };
        let ended = {
            let mut main = pin!(core::Builder::on(&sim.handle()).run(async |n| {
                let _body = guard();
                for turns in 0..3 {
                    let guard = guard();
                    n.spawn(async move {
                        let _guard = guard;
                        for _ in 0..turns {
                            yield_once().await;
                        }
                    });
                }
            }));
            sim.run_steps(steps, main.as_mut()).is_some()
        };
        drop(sim);
        assert_eq!(made.count(), dropped.count(), "after {steps} steps");
        if ended {
            break;
        }
        steps += 1;
    }
    assert!(steps > 5, "{steps}");
}

#[test]
fn task_is_killed_at_any_step_and_its_nursery_says_so() {
    let mut step = 1;
    loop {
        let sim = Sim::builder().policy(Policy::Fifo).build();
        let mut main = pin!(core::Builder::on(&sim.handle()).try_run(async |n| {
            n.named("victim").spawn(async {
                for _ in 0..3 {
                    yield_once().await;
                }
                Ok::<(), ()>(())
            });
            Ok(())
        }));
        if sim.run_steps(step, main.as_mut()).is_some() {
            break;
        }
        let victim = *sim.tasks().last().expect("main is there at least");
        let killed = sim.kill(victim);
        let error = sim.block_on(main.as_mut()).err();
        let lost = error.map(|error| matches!(error.primary().kind(), core::FailureKind::Lost));
        assert_eq!(lost, killed.then_some(true), "killed at step {step}");
        step += 1;
    }
    assert!(step > 4, "{step}");
}

#[test]
fn panic_of_a_plain_task_goes_on_from_block_on() {
    let sim = Sim::new(0);
    sim.handle()
        .spawn(async { panic!("a plain task's") })
        .unwrap();
    assert_eq!(panic_of(|| sim.block_on(pending())), "a plain task's");
    // What is left goes on.
    assert_eq!(sim.block_on(async { 7 }), 7);
}

#[test]
fn current_simulator_is_the_one_that_polls_on_any_worker() {
    let (outer, inner) = (Sim::builder().workers(3).build(), Sim::new(0));
    inner.block_on(sleep_on(&inner, 1));
    let seen = Tally::new();
    outer.block_on(core::Builder::on(&outer.handle()).run(async |n| {
        for _ in 0..20 {
            let seen = seen.clone();
            n.spawn(async move {
                for _ in 0..3 {
                    assert_eq!(SimHandle::current().elapsed(), Duration::ZERO);
                    seen.add();
                    yield_once().await;
                }
            });
        }
        let elapsed = inner.block_on(async { SimHandle::current().elapsed() });
        assert_eq!(elapsed, Duration::from_secs(1));
        assert_eq!(SimHandle::current().elapsed(), Duration::ZERO);
    }));
    assert_eq!(seen.count(), 60);
    let text = panic_of(|| _ = SimHandle::current());
    assert!(text.contains("no simulator polls this code"), "{text}");
}

async fn sleep_on(sim: &Sim, seconds: u64) {
    let handle = sim.handle();
    let at = core::Timer::now(&handle) + Duration::from_secs(seconds);
    core::Timer::sleep_until(&handle, at).await;
}

#[test]
fn simulator_is_not_entered_from_inside() {
    let sim = Sim::new(0);
    let text = panic_of(|| sim.block_on(async { sim.block_on(async {}) }));
    assert!(text.contains("await the future instead"), "{text}");
}
