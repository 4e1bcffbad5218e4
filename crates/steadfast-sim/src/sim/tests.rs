use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use steadfast_core as core;
use steadfast_core::{Entry, Spawn, SpawnBlocking, yield_now};

mod faults;
mod traces;

use super::{Policy, Sim, SimHandle};
use crate::kit::{Gate, Tally, poll_once, yield_once};

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
        let asked = Arc::new(Mutex::new(Vec::new()));
        let order = Arc::new(Mutex::new(Vec::new()));
        sim.block_on(core::Builder::on(&sim.handle()).run(async |n| {
            for name in ["one", "other"] {
                let handle = sim.handle();
                let (asked, order) = (Arc::clone(&asked), Arc::clone(&order));
                n.spawn(async move {
                    asked.lock().unwrap().push(name);
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
        // One after the other, and whoever has waited for longer comes first.
        assert_eq!(order, *asked.lock().unwrap(), "{policy:?}");
    }
}

#[test]
fn polls_and_looks_at_the_clock_take_time_if_asked_to() {
    let tick = Duration::from_micros(1);
    let sim = Sim::builder().tick(tick).step_limit(1000).build();
    let handle = sim.handle();
    sim.block_on(async {
        // In one poll; then in many.
        let end = core::Timer::now(&handle) + tick * 50;
        let looks = (1..100).find(|_| core::Timer::now(&handle) >= end);
        assert_eq!(looks, Some(50), "each look takes a tick");
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

#[test]
fn quiet_is_not_told_to_a_poll_that_nobody_asked_for() {
    let sim = Sim::new(0);
    let handle = sim.handle();
    sim.block_on(async {
        let mut idle = pin!(handle.idle());
        for _ in 0..5 {
            assert!(poll_once(idle.as_mut()).await.is_pending());
            yield_once().await;
        }
        idle.await;
    });
}

#[test]
fn waits_that_were_given_up_count_no_more() {
    let sim = Sim::builder().policy(Policy::Fifo).build();
    let handle = sim.handle();
    sim.block_on(async {
        assert!(poll_once(pin!(handle.idle())).await.is_pending());
        handle.idle().await;
    });
    // The first poll, and the one at which all is quiet.
    assert_eq!(sim.steps(), 2);
    let text = panic_of(|| {
        sim.block_on(async {
            assert!(poll_once(pin!(sleep_on(&sim, 1))).await.is_pending());
            pending::<()>().await;
        });
    });
    assert!(text.contains("deadlock"), "{text}");
    assert_eq!(sim.elapsed(), Duration::ZERO, "nobody waited for the time");
}

#[test]
fn short_blocking_work_is_over_before_the_next_step() {
    let sim = Sim::new(0);
    let handle = sim.handle();
    // It is waited for, for a while in real time. On a busy machine that may be too short, but not each time.
    let over_in_time = (0..20).any(|_| {
        let ended = Tally::new();
        let ends = ended.clone();
        let work = move || {
            thread::sleep(Duration::from_millis(1));
            ends.add();
        };
        sim.block_on(async {
            handle.spawn_blocking(work).unwrap();
            yield_once().await;
            ended.count() == 1
        })
    });
    assert!(over_in_time);
}
