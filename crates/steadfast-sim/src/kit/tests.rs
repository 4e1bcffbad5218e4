mod blocking;
mod checkpoints;
mod leaks;
mod polls;
mod snooze;
mod trials;

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use super::{CountingWaker, Faults, Gate, Probe, Sequencer, Tally, watch_for_inline_polls};

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn tally_wakes_whoever_waits_for_it() {
    let (tally, waker) = (Tally::new(), CountingWaker::new());
    let held = waker.waker();
    let mut reached = tally.reached(2);
    for count in 1..=2 {
        let polled = pin!(&mut reached).poll(&mut Context::from_waker(&held));
        assert!(polled.is_pending());
        assert_eq!((tally.add(), waker.wakes()), (count, count));
    }
    assert_eq!(poll(&mut reached), Poll::Ready(()));
    drop(held);
    assert_eq!(waker.held(), 0);
}

#[test]
fn gate_lets_threads_through_once_open() {
    let gate = Gate::new();
    thread::scope(|scope| {
        let waits = scope.spawn(|| gate.wait_blocking());
        assert!(!gate.is_open());
        gate.open();
        waits.join().unwrap();
    });
    assert_eq!(poll(&mut gate.wait()), Poll::Ready(()));
}

#[test]
fn turn_begins_when_the_one_before_was_dropped() {
    let turns = Sequencer::new();
    let (mut first, mut second) = (Box::pin(turns.turn(0)), Box::pin(turns.turn(1)));
    assert!(poll(&mut second).is_pending());
    let Poll::Ready(turn) = poll(&mut first) else {
        panic!("the first turn begins at once")
    };
    assert!(poll(&mut second).is_pending());
    drop(turn);
    assert!(poll(&mut second).is_ready());
}

#[test]
fn scripted_future_reports_broken_rules_of_polling() {
    let faults = Faults::default();
    let (inline, late) = (Probe::new(&faults), Probe::new(&faults));
    let _ = watch_for_inline_polls(|| poll(&mut inline.pending()));
    assert_eq!(
        faults.list(),
        ["a task was polled inside the call that spawned it"]
    );
    let mut ready = late.ready();
    let _ = (poll(&mut ready), poll(&mut ready));
    drop(ready);
    assert_eq!(faults.list()[1..], ["a task was polled after it was ready"]);
    assert_eq!((late.polls().count(), late.drops().count()), (2, 1));
}

#[test]
fn twins_that_are_polled_inside_each_other_are_reported() {
    let faults = Faults::default();
    let outer = Probe::new(&faults);
    let twin = outer.pending().twin();
    let twin = std::sync::Mutex::new(twin);
    // One thread is enough: what counts is that one poll begins before the other has ended.
    let recursive = outer.future(move |_, _| poll(&mut *twin.lock().unwrap()));
    let _ = poll(&mut Box::pin(recursive));
    assert_eq!(faults.list(), ["a task was polled on two threads at once"]);
}
