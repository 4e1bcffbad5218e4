//! Drops, kills, panics, and what comes too late.

use std::cell::RefCell;
use std::future::pending;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use steadfast_core as core;
use steadfast_core::{Entry, Spawn, SpawnBlocking};

use super::panic_of;
use crate::kit::{Gate, OnDrop, Tally, yield_once};
use crate::{Policy, Sim, SimHandle, TaskId};

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
            let ended = sim.run_steps(steps, main.as_mut()).is_some();
            // Before the main future: a root of another test would adopt the children that are left.
            drop(sim);
            ended
        };
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

/// Whichever of the tasks is killed that the children of a map share, and whenever: the call ends, each child that there was is dropped,
/// and the error says that some are lost, unless that task had none and all had come.
#[test]
fn shared_task_is_killed_at_any_step_and_its_call_ends() {
    let runs = (0..10).flat_map(|seed| (0..12).map(move |victim| (seed, victim)));
    let lost: usize = runs
        .map(|(seed, victim)| calls_that_lose_children(seed, victim))
        .sum();
    assert!(lost > 100, "{lost}");
}

/// Kills a task after each step: the one with that index, if there are as many. In how many of the runs children are lost.
fn calls_that_lose_children(seed: u64, victim: usize) -> usize {
    const LIMIT: usize = 70;
    let (mut step, mut lost) = (1, 0);
    loop {
        let sim = Sim::builder().policy(Policy::Random).seed(seed).build();
        let (made, dropped) = (Tally::new(), Tally::new());
        let mut main =
            pin!(
                core::Builder::on(&sim.handle()).map_concurrent(0..2 * LIMIT, LIMIT, |item| {
                    made.add();
                    let dropped = dropped.clone();
                    let guard = OnDrop::new(move || _ = dropped.add());
                    async move {
                        let _guard = guard;
                        for _ in 0..item % 3 {
                            yield_once().await;
                        }
                        Ok::<_, &str>(item)
                    }
                })
            );
        if sim.run_steps(step, main.as_mut()).is_some() {
            return lost;
        }
        if let Some(task) = sim.tasks().get(victim) {
            sim.kill(*task);
        }
        match sim.block_on(main.as_mut()) {
            Ok(values) => assert!(values.into_iter().eq(0..2 * LIMIT), "killed at step {step}"),
            Err(error) => {
                let kind = error.primary().kind();
                assert!(matches!(kind, core::FailureKind::Lost), "{error}");
                lost += 1;
            }
        }
        assert_eq!(made.count(), dropped.count(), "killed at step {step}");
        step += 1;
    }
}

/// One of the tasks that share the children of a map is killed while all places are taken and the call waits for one. If that task had
/// none of the children, the call is woken by the end of others, whose tasks find the feed closed.
#[test]
fn shared_task_is_killed_while_its_call_waits_for_a_place() {
    for seed in 0..10 {
        let killed = (0..).take_while(|&victim| call_that_waits_ends(seed, victim));
        assert!(killed.count() > 20, "seed {seed}");
    }
}

/// Kills the task with that index among those of the children. `false` if there are not as many.
fn call_that_waits_ends(seed: u64, victim: usize) -> bool {
    const LIMIT: usize = 70;
    let sim = Sim::builder().policy(Policy::Random).seed(seed).build();
    let go = Gate::new();
    // There is always something to do, so that waiting for the gate is no deadlock.
    let gate = go.clone();
    let spawned = sim.handle().spawn(async move {
        while !gate.is_open() {
            yield_once().await;
        }
    });
    assert!(spawned.is_ok());
    let before = sim.tasks();
    let mut main =
        pin!(
            core::Builder::on(&sim.handle()).map_concurrent(0..3 * LIMIT, LIMIT, |item| {
                let go = go.clone();
                async move {
                    // Those that end make it a matter of chance who has the others.
                    if item >= LIMIT || item % 3 > 0 {
                        go.wait().await;
                    }
                    for _ in 0..item % 5 {
                        yield_once().await;
                    }
                    Ok::<_, &str>(item)
                }
            })
        );
    assert!(sim.run_steps(1_000, main.as_mut()).is_none());
    let is_ours = |task: &TaskId| !before.contains(task) && task.to_string() != "main";
    let Some(task) = sim.tasks().into_iter().filter(is_ours).nth(victim) else {
        return false;
    };
    assert!(sim.kill(task));
    go.open();
    let error = sim.block_on(main.as_mut()).unwrap_err();
    let kind = error.primary().kind();
    assert!(matches!(kind, core::FailureKind::Lost), "{error}");
    true
}

/// A clean-up of a body that has ended spawns a service, and waits for it: the service is asked to end as soon as there is nobody else.
#[test]
fn service_that_a_clean_up_spawns_is_asked_to_end_when_there_are_no_children() {
    struct Waits {
        nursery: core::Nursery<core::Never, SimHandle>,
        children: usize,
    }
    impl core::AsyncDrop for Waits {
        async fn async_drop(self: Pin<&mut Self>) {
            let over = Gate::new();
            let opens = over.clone();
            for _ in 0..self.children {
                self.nursery.spawn(yield_once());
            }
            self.nursery.spawn_background(async move {
                core::cancelled().await;
                opens.open();
            });
            over.wait().await;
        }
    }
    for (children, seed) in (0..3).flat_map(|children| (0..20).map(move |seed| (children, seed))) {
        let sim = Sim::new(seed);
        sim.block_on(core::Builder::on(&sim.handle()).run(async |nursery| {
            drop(core::AsyncDropGuard::new(Waits { nursery, children }));
        }));
        assert!(sim.elapsed().is_zero(), "the clean-up ran into its budget");
    }
}

#[test]
fn deadlock_ends_the_simulator_before_the_main_future() {
    let sim = Sim::new(0);
    let order = Arc::new(Mutex::new(Vec::new()));
    let waits = |name: &'static str| {
        let order = Arc::clone(&order);
        let guard = OnDrop::new(move || order.lock().unwrap().push(name));
        async move {
            let _guard = guard;
            pending::<()>().await;
        }
    };
    sim.handle().spawn(waits("task")).unwrap();
    panic_of(|| sim.block_on(waits("main")));
    assert_eq!(*order.lock().unwrap(), ["task", "main"]);
    assert!(sim.tasks().is_empty());
    assert!(sim.handle().spawn(async {}).is_err());
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
fn ready_task_that_is_killed_is_dropped_and_never_polled() {
    let sim = Sim::builder().policy(Policy::Fifo).build();
    let (dropped, polled) = (Tally::new(), Tally::new());
    for _ in 0..2 {
        let (drops, polls) = (dropped.clone(), polled.clone());
        let guard = OnDrop::new(move || _ = drops.add());
        let task = async move {
            let _guard = guard;
            polls.add();
        };
        sim.handle().spawn(task).unwrap();
    }
    let [first, _] = sim.tasks()[..] else {
        panic!("two tasks")
    };
    assert!(sim.kill(first));
    assert_eq!(dropped.count(), 1);
    assert!(!sim.kill(first), "it has ended");
    sim.block_on(async {});
    // The other one, and the main future.
    assert_eq!((dropped.count(), polled.count(), sim.steps()), (2, 1, 2));
}

#[test]
fn task_is_not_killed_from_inside_of_its_own_poll() {
    thread_local!(static SIM: RefCell<Option<Rc<Sim>>> = const { RefCell::new(None) });
    let sim = Rc::new(Sim::new(0));
    SIM.set(Some(Rc::clone(&sim)));
    let over = Gate::new();
    let ends = over.clone();
    let task = async move {
        let killed = SIM.with_borrow(|sim| {
            let sim = sim.as_ref().expect("it is set");
            sim.tasks().into_iter().any(|task| sim.kill(task))
        });
        assert!(!killed);
        yield_once().await;
        ends.open();
    };
    sim.handle().spawn(task).unwrap();
    sim.block_on(over.wait());
    SIM.set(None);
}

#[test]
fn dropped_simulator_takes_nothing_more_not_even_while_it_is_dropped() {
    let sim = Sim::new(0);
    let (handle, refused) = (sim.handle(), Tally::new());
    let (late, refusals) = (sim.handle(), refused.clone());
    let guard = OnDrop::new(move || {
        let spawned = late.spawn(async {}).is_err();
        let blocking = late.spawn_blocking(|| {}).is_err();
        assert!(spawned && blocking);
        refusals.add();
    });
    let task = async move {
        let _guard = guard;
        pending::<()>().await;
    };
    handle.spawn(task).unwrap();
    sim.block_on(handle.idle());
    drop(sim);
    assert_eq!(refused.count(), 1);
    let back = handle.spawn(async {}).expect_err("it is gone");
    crate::kit::ready_now(back.into_inner());
    assert!(handle.spawn_blocking(|| {}).is_err());
}
