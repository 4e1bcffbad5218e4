//! Exact traces. The expected ones were worked out apart from the simulator, from what the policies promise.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use steadfast_core as core;
use steadfast_core::{Entry, Spawn, sleep, yield_now};

use super::super::schedule::Schedule;
use crate::kit::{Gate, yield_once};
use crate::{Policy, Sim, Trace};

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

/// The polls alone.
fn polls(trace: &Trace) -> Vec<String> {
    let trace = trace.to_string();
    let polls = trace.lines().filter_map(|line| line.strip_prefix("poll "));
    polls.map(|poll| poll.replace(" on worker ", "@")).collect()
}

#[test]
fn polls_of_a_small_program_are_exactly_these_with_seeds_and_workers() {
    for (policy, seed, workers, expected) in [
        (Policy::Random, 9, 1, "main #2 #1 #3 #2 #1 #2 #3 #4 main"),
        (Policy::Random, 6, 1, "main #3 #2 #2 #2 #1 #1 #3 #4 main"),
        (
            Policy::Random,
            9,
            3,
            "main #2@1 #1@1 #3@2 #2@1 #1@1 #2@2 #3 #4@2 main",
        ),
        (
            Policy::Fifo,
            0,
            2,
            "main #1 #2@1 #3 #1@1 #2 #2@1 #3 #4@1 main",
        ),
        (
            Policy::Lifo,
            0,
            2,
            "main #3 #2@1 #2 #2@1 #1 #1@1 #3 #4@1 main",
        ),
        (
            Policy::LastWokenFirst,
            0,
            2,
            "main #3 #2@1 #2 #2@1 #1 #1@1 #3 #4@1 main",
        ),
    ] {
        let seen = polls(&traced(policy, seed, workers)).join(" ");
        assert_eq!(seen, expected, "{policy:?}, seed {seed}, {workers} workers");
    }
}

/// Three tasks that are ready at once, the first of which is then woken a second time.
fn contended(policy: Policy, seed: u64) -> String {
    let sim = Sim::builder().policy(policy).seed(seed).traced().build();
    let wakers = Arc::new(Mutex::new(BTreeMap::new()));
    let task = |number: usize| {
        let (wakers, mut polls) = (Arc::clone(&wakers), 0);
        poll_fn(move |cx| {
            polls += 1;
            wakers.lock().unwrap().insert(number, cx.waker().clone());
            match polls {
                1 => Poll::Pending,
                _ => Poll::Ready(()),
            }
        })
    };
    sim.block_on(async {
        for number in 1..=3 {
            sim.handle().spawn(task(number)).unwrap();
        }
        sim.handle().idle().await;
        for number in [1, 2, 3, 1] {
            wakers.lock().unwrap()[&number].wake_by_ref();
        }
        sim.handle().idle().await;
    });
    sim.trace().to_string()
}

#[test]
fn task_that_was_ready_first_comes_first() {
    let expected = "\
wake main
poll main
spawn #1 by main
spawn #2 by main
spawn #3 by main
poll #1
poll #2
poll #3
wake main
poll main
wake #1 by main
wake #2 by main
wake #3 by main
wake #1 by main
poll #1
end #1
poll #2
end #2
poll #3
end #3
wake main
poll main
end main
";
    assert_eq!(contended(Policy::Fifo, 0), expected);
}

#[test]
fn task_that_was_ready_last_comes_first() {
    let expected = "\
wake main
poll main
spawn #1 by main
spawn #2 by main
spawn #3 by main
poll #3
poll #2
poll #1
wake main
poll main
wake #1 by main
wake #2 by main
wake #3 by main
wake #1 by main
poll #3
end #3
poll #2
end #2
poll #1
end #1
wake main
poll main
end main
";
    assert_eq!(contended(Policy::Lifo, 0), expected);
}

#[test]
fn task_that_was_woken_last_comes_first_though_it_was_ready_before() {
    let expected = "\
wake main
poll main
spawn #1 by main
spawn #2 by main
spawn #3 by main
poll #3
poll #2
poll #1
wake main
poll main
wake #1 by main
wake #2 by main
wake #3 by main
wake #1 by main
poll #1
end #1
poll #3
end #3
poll #2
end #2
wake main
poll main
end main
";
    assert_eq!(contended(Policy::LastWokenFirst, 0), expected);
}

#[test]
fn task_that_the_seed_names_comes_first() {
    let expected = "\
wake main
poll main
spawn #1 by main
spawn #2 by main
spawn #3 by main
poll #2
poll #1
poll #3
wake main
poll main
wake #1 by main
wake #2 by main
wake #3 by main
wake #1 by main
poll #2
end #2
poll #3
end #3
poll #1
end #1
wake main
poll main
end main
";
    assert_eq!(contended(Policy::Random, 9), expected);
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
fn oldest_ready_task_has_its_turn_at_each_32nd_step_under_every_policy() {
    for &policy in &[Policy::Lifo, Policy::LastWokenFirst] {
        let sim = Sim::builder().policy(policy).traced().build();
        let open = Gate::new();
        let (opens, looks) = (open.clone(), open.clone());
        let patient = async move { opens.open() };
        let busy = async move {
            while !looks.is_open() {
                yield_once().await;
            }
        };
        sim.block_on(async {
            sim.handle().spawn(patient).unwrap();
            sim.handle().spawn(async {}).unwrap();
            sim.handle().spawn(busy).unwrap();
            sim.handle().idle().await;
        });
        let polls = polls(&sim.trace());
        // Main is the first; the patient one is older than the one after it.
        let first = polls.iter().position(|poll| poll == "#1");
        assert_eq!(
            (first, &*polls[30], &*polls[32]),
            (Some(31), "#3", "#3"),
            "{policy:?}"
        );
    }
}

#[test]
fn asking_in_vain_who_is_next_draws_nothing() {
    let order = |vain: usize| {
        let mut schedule = Schedule::new(Policy::Random, 4, 3);
        let mut order = Vec::new();
        for round in 0..5 {
            for _ in 0..vain {
                assert_eq!(schedule.next(), None);
            }
            (0..6).for_each(|task| schedule.enter(10 * round + task));
            order.extend(std::iter::from_fn(|| schedule.next()).take(6));
        }
        order
    };
    assert_eq!(order(0), order(7));
}
