use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::kit::polls::{DropAt, call_after, call_before, drop_after, drop_before};
use crate::kit::{Faults, OnDrop, Probe, Scripted};

/// Polls `future` until it is ready, and counts.
fn drive<F: Future>(future: F) -> (usize, F::Output) {
    let mut future = pin!(future);
    let mut polls = 0;
    loop {
        polls += 1;
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(output) = polled {
            return (polls, output);
        }
    }
}

/// Ready at its third poll.
fn three_polls(probe: &Probe) -> Scripted {
    probe.future(|poll, _| match poll {
        3 => Poll::Ready(()),
        _ => Poll::Pending,
    })
}

#[test]
fn future_is_dropped_in_the_poll_that_was_named_or_ends_by_itself() {
    // The polls of the task, those of the future, and whether it ended.
    let seen = |dropping: fn(Scripted, usize) -> DropAt<Scripted>, number| {
        let probe = Probe::new(&Faults::default());
        let (outer, ended) = drive(dropping(three_polls(&probe), number));
        assert_eq!(probe.drops().count(), 1);
        (outer, probe.polls().count(), ended.is_some())
    };
    let after = [0, 1, 2, 3, 4].map(|polls| seen(drop_after, polls));
    let expected = [
        (1, 0, false),
        (1, 1, false),
        (2, 2, false),
        (3, 3, true),
        (3, 3, true),
    ];
    assert_eq!(after, expected);
    let before = [1, 2, 3, 4].map(|poll| seen(drop_before, poll));
    let expected = [(1, 0, false), (2, 1, false), (3, 2, false), (3, 3, true)];
    assert_eq!(before, expected);
}

#[test]
fn future_is_gone_when_its_drop_is_told() {
    let dropped = Cell::new(false);
    let guard = OnDrop::new(|| dropped.set(true));
    let future = poll_fn(move |_| {
        let _held = &guard;
        Poll::<()>::Pending
    });
    // Pinned from outside: it is alive when its output is there.
    let mut dropping = pin!(drop_after(future, 1));
    let polled = dropping
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!((polled, dropped.get()), (Poll::Ready(None), true));
}

#[test]
fn call_is_made_once_between_the_polls_that_were_named() {
    for (polls, expected) in [(0, vec![0]), (1, vec![1]), (2, vec![2]), (3, vec![])] {
        let (after, before) = (
            Probe::new(&Faults::default()),
            Probe::new(&Faults::default()),
        );
        let (calls_after, calls_before) = (RefCell::default(), RefCell::default());
        let note = |calls: &RefCell<Vec<usize>>, probe: &Probe| {
            calls.borrow_mut().push(probe.polls().count());
        };
        drive(call_after(three_polls(&after), polls, || {
            note(&calls_after, &after)
        }));
        drive(call_before(three_polls(&before), polls + 1, || {
            note(&calls_before, &before)
        }));
        assert_eq!((after.polls().count(), before.polls().count()), (3, 3));
        assert_eq!(calls_after.into_inner(), expected);
        assert_eq!(calls_before.into_inner(), expected);
    }
}

#[test]
fn call_after_a_poll_is_made_in_that_poll_and_one_before_a_poll_in_that_one() {
    for (late, expected) in [(false, true), (true, false)] {
        let called = Cell::new(false);
        let probe = Probe::new(&Faults::default());
        let call = || called.set(true);
        let mut waker = Context::from_waker(Waker::noop());
        let polled = match late {
            false => pin!(call_after(probe.pending(), 1, call)).poll(&mut waker),
            true => pin!(call_before(probe.pending(), 2, call)).poll(&mut waker),
        };
        assert_eq!((polled, called.get()), (Poll::Pending, expected));
    }
}

#[test]
#[should_panic = "polls are counted from one"]
fn poll_zero_is_refused() {
    drop(drop_before(async {}, 0));
}
