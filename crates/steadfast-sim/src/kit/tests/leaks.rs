use std::sync::Arc;

use crate::kit::{Counts, Leaks, yield_once};

#[test]
fn what_is_held_is_named_with_its_count_and_place() {
    let (leaks, cache) = (Leaks::new(), Arc::new(1));
    leaks.expect_dropped("cache", &cache);
    let connection = leaks.token("connection");
    let other = connection.clone();
    let left = leaks.left();
    assert!(
        left[0].starts_with("`cache` (") && left[0].ends_with("held 1 times"),
        "{left:?}"
    );
    assert!(
        left[1].starts_with("`connection` (") && left[1].ends_with("held 2 times"),
        "{left:?}"
    );
    assert!(
        left.iter().all(|line| line.contains("tests/leaks.rs:")),
        "{left:?}"
    );
    drop(connection);
    assert_eq!(leaks.left().len(), 2);
    drop((cache, other));
    leaks.assert_none();
}

#[test]
#[should_panic = "left at the end:\n`connection` ("]
fn leaked_token_fails() {
    let leaks = Leaks::new();
    std::mem::forget(leaks.token("connection"));
    leaks.assert_none();
}

#[test]
fn counts_see_the_whole_life_of_a_future() {
    let counts = Counts::new();
    let mut future = Box::pin(counts.of(yield_once()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let seen = || {
        [
            counts.polls(),
            counts.wakes(),
            counts.ends(),
            counts.drops(),
        ]
        .map(|tally| tally.count())
    };
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert_eq!(seen(), [1, 1, 0, 0]);
    assert!(future.as_mut().poll(&mut context).is_ready());
    assert_eq!(seen(), [2, 1, 1, 0]);
    drop(future);
    assert_eq!(seen(), [2, 1, 1, 1]);
}
