//! What adapters take, start and leave alone, item by item.

#![cfg(feature = "std")]

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::FutureExt;
use steadfast_core::Flow;
use steadfast_core::flow::{iter, once, repeated};

fn next<F: Flow>(flow: Pin<&mut F>) -> Poll<Option<F::Item>> {
    flow.poll_next(&mut Context::from_waker(Waker::noop()))
}

/// Counts its wakes.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_crowd_of_futures_is_started_at_once() {
    const CROWD: usize = 1_000;
    let in_any_order = Cell::new(0);
    let begun = |begun: &Cell<usize>, n| {
        begun.set(begun.get() + 1);
        // The first one is ready before the last one has begun.
        poll_fn(move |_| {
            if n == 0 {
                Poll::Ready(n)
            } else {
                Poll::Pending
            }
        })
    };
    let each = |count| move |n| async move { begun(count, n).await };
    let mut flow = pin!(iter(0..CROWD).map(each(&in_any_order)).concurrent(CROWD));
    assert_eq!(next(flow.as_mut()), Poll::Ready(Some(0)));
    assert_eq!(in_any_order.get(), CROWD);

    let in_order = Cell::new(0);
    let mut flow = pin!(
        iter(0..CROWD)
            .map(each(&in_order))
            .concurrent_ordered(CROWD)
    );
    assert_eq!(next(flow.as_mut()), Poll::Ready(Some(0)));
    assert_eq!(in_order.get(), CROWD);
}

#[test]
fn a_zip_whose_left_side_has_ended_takes_nothing_from_its_right_side() {
    let taken = Cell::new(0);
    let right = iter(0..).inspect(|_| taken.set(taken.get() + 1));
    let pairs: Vec<(char, i32)> = iter("abc".chars())
        .zip(right)
        .collect()
        .now_or_never()
        .unwrap();
    assert_eq!(pairs, [('a', 0), ('b', 1), ('c', 2)]);
    assert_eq!(taken.get(), 3);
}

#[test]
fn a_zip_lets_both_sides_go_when_one_has_ended() {
    let held = Arc::new(());
    let source = |count: usize| {
        let held = held.clone();
        iter(0..count).inspect(move |_| _ = &held)
    };
    for (left, right) in [(1, 2), (2, 1)] {
        let mut pairs = pin!(source(left).zip(source(right)));
        assert_eq!(next(pairs.as_mut()), Poll::Ready(Some((0, 0))));
        assert_eq!(Arc::strong_count(&held), 3);
        assert_eq!(next(pairs.as_mut()), Poll::Ready(None));
        assert_eq!(Arc::strong_count(&held), 1);
    }
}

/// How often a flow without an end lets others have their turn before it has looked at so many items.
fn turns<F: Flow>(looked: &Cell<usize>, flow: F) -> usize {
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(wakes.clone());
    let mut flow = pin!(flow);
    let mut turns = 0;
    while looked.get() < 100_000 {
        let polled = flow.as_mut().poll_next(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "it has no item");
        turns += 1;
        assert_eq!(
            wakes.0.load(Ordering::Relaxed),
            turns,
            "nobody would poll it again"
        );
    }
    turns
}

#[test]
fn what_is_left_out_for_ever_stops_nobody_else() {
    let looked = Cell::new(0);
    let look = |count: &Cell<usize>| count.set(count.get() + 1);
    let none = turns(
        &looked,
        iter(0..).inspect(|_| look(&looked)).filter(|_| false),
    );
    assert!(none > 100, "{none} turns");

    let looked = Cell::new(0);
    let some = iter(0..)
        .inspect(|_| look(&looked))
        .filter_map(|_: i32| None::<i32>);
    let none = turns(&looked, some);
    assert!(none > 100, "{none} turns");

    let looked = Cell::new(0);
    let groups = iter(0..).inspect(|_| look(&looked)).chunks(1_000_000);
    let none = turns(&looked, groups);
    assert!(none > 100, "{none} turns");
}

/// Rule 2 of the contract, where work is in progress that `poll_progress` does not move.
#[cfg(debug_assertions)]
#[test]
fn whoever_asks_for_progress_before_the_item_is_told() {
    fn told(flow: impl Flow<Item = ()>) {
        let mut flow = pin!(flow);
        assert!(next(flow.as_mut()).is_pending());
        let asked = catch_unwind(AssertUnwindSafe(|| {
            let mut cx = Context::from_waker(Waker::noop());
            flow.as_mut().poll_progress(&mut cx)
        }));
        let text = asked.expect_err("it has begun something");
        let text = text.downcast::<String>().expect("it says who asked");
        assert!(text.contains("adapters.rs"), "{text}");
        assert!(text.contains("call `poll_next` again"), "{text}");
    }
    told(once(pending()));
    told(repeated(pending::<()>));
    told(iter([1]).then(|_| pending()));
}
