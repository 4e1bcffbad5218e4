//! `#[steadfast::test(sim)]`: once for each seed, on a fresh simulator, with a clock that jumps.
#![cfg(feature = "sim")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use steadfast::kit::{polls, yield_once};
use steadfast::sim::SimHandle;
use steadfast::{nursery, scope, sleep, yield_now};

#[steadfast::test(sim, seeds = 3)]
async fn time_is_virtual_and_starts_anew_with_each_seed() {
    let clock = SimHandle::current();
    assert_eq!(clock.elapsed(), Duration::ZERO);
    nursery(async |n| {
        for hours in [3, 1, 2] {
            n.spawn(sleep(Duration::from_secs(3600 * hours)));
        }
    })
    .await;
    assert_eq!(clock.elapsed(), Duration::from_secs(3 * 3600));
}

/// Fails in the run after `runs`.
fn count(runs: &AtomicUsize, at_most: usize) {
    let before = runs.fetch_add(1, Ordering::Relaxed);
    assert!(before < at_most, "run {} of the body", before + 1);
}

#[steadfast::test(sim, seeds = 5)]
async fn five_seeds_are_no_more_than_five_runs() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    count(&RUNS, 5);
}

#[steadfast::test(sim, seeds = 5)]
#[should_panic(expected = "(seed 4, policy random, 1 workers): run 5 of the body")]
async fn five_seeds_are_no_less_than_five_runs_and_a_failure_names_its_seed() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    count(&RUNS, 4);
}

#[steadfast::test(sim)]
#[should_panic(expected = "(seed 7, policy random, 1 workers): run 8 of the body")]
async fn there_are_eight_seeds_by_default() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    count(&RUNS, 7);
}

#[steadfast::test(sim, seeds = 2)]
#[should_panic(
    expected = "STEADFAST_SEED=1 cargo test -- --exact failure_has_the_command_that_runs_it_again::sim"
)]
async fn failure_has_the_command_that_runs_it_again() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    count(&RUNS, 1);
}

async fn deaf() {
    steadfast::Nursery::builder()
        .run(async |n| {
            n.named("deaf").spawn(std::future::pending::<()>());
        })
        .await;
}

#[steadfast::test(sim)]
#[should_panic(expected = "deadlock at step")]
async fn deadlock_is_a_failure() {
    deaf().await;
}

#[steadfast::test(sim)]
#[should_panic(expected = "child `deaf` (")]
async fn deadlock_shows_the_tree() {
    deaf().await;
}

#[steadfast::test(sim, grace_ms = 10)]
#[should_panic(expected = "the body ends with a panic, and the child is aborted")]
async fn grace_ends_what_does_not_obey() {
    nursery(async |n| {
        n.spawn(std::future::pending::<()>());
        yield_now().await;
        panic!("the body ends with a panic, and the child is aborted");
    })
    .await;
}

/// The order in which three children were polled first.
async fn order() -> Vec<u8> {
    let order = Arc::new(Mutex::new(Vec::new()));
    nursery(async |n| {
        for number in 0..3 {
            let order = Arc::clone(&order);
            n.spawn(async move { order.lock().unwrap().push(number) });
        }
    })
    .await;
    Arc::into_inner(order).unwrap().into_inner().unwrap()
}

#[steadfast::test(sim, policy = "fifo")]
async fn fifo_polls_the_oldest_first() {
    assert_eq!(order().await, [0, 1, 2]);
}

#[steadfast::test(sim, policy = "lifo")]
async fn lifo_polls_the_newest_first() {
    assert_eq!(order().await, [2, 1, 0]);
}

#[steadfast::test(sim, policy = "last-woken-first")]
#[should_panic(expected = "policy last-woken-first")]
async fn last_woken_first_is_named_in_a_failure() {
    panic!();
}

#[steadfast::test(sim, seeds = 30)]
#[should_panic(expected = "every order was seen")]
async fn seeds_bring_about_every_order() {
    static SEEN: Mutex<Option<HashSet<Vec<u8>>>> = Mutex::new(None);
    let order = order().await;
    let mut seen = SEEN.lock().unwrap();
    let seen = seen.get_or_insert_default();
    seen.insert(order);
    assert!(seen.len() < 6, "every order was seen");
}

#[steadfast::test(sim, seeds = 1, workers = 3)]
async fn workers_are_threads() {
    let threads = Arc::new(Mutex::new(HashSet::new()));
    nursery(async |n| {
        for _ in 0..20 {
            let threads = Arc::clone(&threads);
            n.spawn(async move {
                threads.lock().unwrap().insert(std::thread::current().id());
            });
        }
    })
    .await;
    assert_eq!(threads.lock().unwrap().len(), 3);
}

#[steadfast::test(sim)]
async fn an_ok_passes() -> Result<(), std::num::ParseIntError> {
    assert_eq!("7".parse::<u8>()?, 7);
    Ok(())
}

#[steadfast::test(sim, seeds = 4)]
#[should_panic(
    expected = "(seed 3, policy random, 1 workers): faults were reported:\n  the test returned a failure"
)]
async fn an_error_fails_and_names_its_seed() -> Result<(), &'static str> {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    match RUNS.fetch_add(1, Ordering::Relaxed) {
        3 => Err("the fourth"),
        _ => Ok(()),
    }
}

#[steadfast::test(sim)]
#[should_panic(expected = "children or clean-ups are left in the tree")]
async fn child_that_is_left_fails() {
    let mut forgotten = Box::pin(scope(async |s| {
        s.spawn(std::future::pending::<()>());
    }));
    assert!(polls::drop_after(&mut forgotten, 1).await.is_none());
    std::mem::forget(forgotten);
}

#[steadfast::test(sim, seeds = 2)]
async fn trials_are_run_from_inside_of_a_trial() {
    let explored = steadfast::kit::drop_at_every_poll(
        async |_| {
            nursery(async |n| {
                n.spawn(sleep(Duration::from_secs(1)));
            })
            .await;
        },
        |_| {},
    );
    assert_eq!(explored.polls(), 2);
    assert_eq!(
        SimHandle::current().elapsed(),
        Duration::ZERO,
        "theirs is another clock"
    );
}

#[cfg(feature = "tokio")]
#[steadfast::test(tokio, sim)]
async fn runs_on_both() {
    yield_once().await;
}
