use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use futures_util::future::{Either, FutureExt, join, join_all, select};
use futures_util::stream::{self, StreamExt};

use crate::kit::{CountingWaker, Faults, Gate, no_snooze, poll_once, watch, yield_once};

/// Drives a root as a runtime does: polls it as long as it was woken.
fn settle<F: Future>(root: &mut Pin<Box<F>>, waker: &CountingWaker) -> Poll<F::Output> {
    loop {
        let before = waker.wakes();
        let held = waker.waker();
        let polled = root.as_mut().poll(&mut Context::from_waker(&held));
        if polled.is_ready() || waker.wakes() == before {
            return polled;
        }
    }
}

/// Polls `root`, opens `go`, polls it again, and tells what was found.
fn run<F: Future>(root: F, go: &Gate) -> Vec<String> {
    let (faults, waker) = (Faults::default(), CountingWaker::new());
    let mut root = Box::pin(no_snooze(root).report_to(&faults));
    _ = settle(&mut root, &waker);
    go.open();
    _ = settle(&mut root, &waker);
    faults.list()
}

/// The names in what was found, in order.
fn names(found: &[String]) -> Vec<&str> {
    let texts = found
        .iter()
        .flat_map(|text| text.split('`').skip(1).step_by(2));
    texts.filter(|name| !name.contains('!')).collect()
}

#[test]
fn selected_by_reference_is_flagged_while_the_handler_awaits() {
    let (go, never) = (Gate::new(), Gate::new());
    let found = run(
        async {
            let mut foo = pin!(watch("foo", go.wait()));
            if let Either::Left(_) = select(foo.as_mut(), pin!(async {})).await {
                panic!("the gate is closed");
            }
            never.wait().await;
            foo.await;
        },
        &go,
    );
    assert_eq!(names(&found), ["foo"], "{found:?}");
    assert!(found[0].contains("src/kit/tests/snooze.rs:"), "{found:?}");
}

#[test]
fn selected_by_value_is_clean() {
    let (go, never) = (Gate::new(), Gate::new());
    let found = run(
        async {
            let foo = Box::pin(watch("foo", go.wait()));
            drop(select(foo, pin!(async {})).await.factor_first());
            never.wait().await;
        },
        &go,
    );
    assert_eq!(found, [""; 0]);
}

#[test]
fn buffer_unordered_flags_its_jobs_while_the_body_awaits() {
    let (go, never) = (Gate::new(), Gate::new());
    let found = run(
        async {
            let jobs = (0..3).map(|job| {
                let wait = go.wait();
                watch(format!("job{job}"), async move {
                    if job < 2 {
                        wait.await;
                    }
                })
            });
            let mut jobs = pin!(stream::iter(jobs).buffer_unordered(3));
            jobs.next().await;
            never.wait().await;
            jobs.next().await;
        },
        &go,
    );
    assert_eq!(names(&found), ["job0", "job1"], "{found:?}");
}

#[test]
fn joined_is_clean() {
    let (go, never) = (Gate::new(), Gate::new());
    let two = join(watch("foo", go.wait()), never.wait());
    assert_eq!(run(two, &go), [""; 0]);
    let go = Gate::new();
    let goes_on_waiting = watch("foo", async {
        go.wait().await;
        never.wait().await;
    });
    assert_eq!(run(join(goes_on_waiting, never.wait()), &go), [""; 0]);
    let go = Gate::new();
    let many = join_all((0..200).map(|job| watch(format!("job{job}"), go.wait())));
    assert_eq!(run(many, &go), [""; 0]);
}

/// A budget: the root is polled with work to do, puts it off, and wakes itself.
#[test]
fn root_that_wakes_itself_gets_one_more_poll() {
    let go = Gate::new();
    let put_off = async {
        let mut foo = pin!(watch("foo", go.wait()));
        assert!(poll_once(foo.as_mut()).await.is_pending());
        poll_fn(|_| match go.is_open() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        yield_once().await;
        foo.await;
    };
    assert_eq!(run(put_off, &go), [""; 0]);
}

/// What is found is found in the poll in which it begins, and written down once.
#[test]
fn snooze_is_told_once_and_at_once() {
    let (faults, waker, go) = (Faults::default(), CountingWaker::new(), Gate::new());
    let mut root = Box::pin(
        no_snooze(async {
            let mut foo = pin!(watch("foo", go.wait()));
            assert!(poll_once(foo.as_mut()).await.is_pending());
            pending::<()>().await;
            foo.await;
        })
        .report_to(&faults),
    );
    for (open, texts) in [(false, 0), (true, 1), (false, 1)] {
        assert!(settle(&mut root, &waker).is_pending());
        if open {
            go.open();
            assert!(settle(&mut root, &waker).is_pending());
        }
        assert_eq!(faults.list().len(), texts, "{:?}", faults.list());
    }
}

/// A watch that moves to another task is that one's, and no longer the first one's.
#[test]
fn watch_belongs_to_the_root_that_polls_it() {
    let (faults, waker, go, hand) = (
        Faults::default(),
        CountingWaker::new(),
        Gate::new(),
        Cell::new(None),
    );
    let mut first = Box::pin(
        no_snooze(async {
            let mut moved = Box::pin(watch("moved", go.wait()));
            assert!(poll_once(moved.as_mut()).await.is_pending());
            hand.set(Some(moved));
            pending::<()>().await;
        })
        .report_to(&faults),
    );
    assert!(settle(&mut first, &waker).is_pending());
    let moved = hand.take().expect("it was handed over");
    let mut second = Box::pin(no_snooze(join(moved, pending::<()>())).report_to(&faults));
    assert!(settle(&mut second, &waker).is_pending());
    go.open();
    assert!(settle(&mut first, &waker).is_pending());
    assert!(settle(&mut second, &waker).is_pending());
    assert_eq!(faults.list(), [""; 0]);
}

/// Whoever keeps a waker does not keep the future.
#[test]
fn dropped_watch_is_clean_although_its_waker_lives() {
    let (faults, waker, kept) = (Faults::default(), CountingWaker::new(), RefCell::new(None));
    let mut root = Box::pin(
        no_snooze(async {
            let mut foo = Box::pin(watch(
                "foo",
                poll_fn(|cx| {
                    *kept.borrow_mut() = Some(cx.waker().clone());
                    Poll::<()>::Pending
                }),
            ));
            assert!(poll_once(foo.as_mut()).await.is_pending());
            drop(foo);
            pending::<()>().await;
        })
        .report_to(&faults),
    );
    assert!(settle(&mut root, &waker).is_pending());
    kept.borrow().as_ref().expect("it was polled").wake_by_ref();
    assert!(settle(&mut root, &waker).is_pending());
    assert_eq!(faults.list(), [""; 0]);
}

#[test]
#[should_panic = "snoozed: `foo` ("]
fn snooze_panics_without_a_record() {
    let (go, waker) = (Gate::new(), CountingWaker::new());
    let mut foo = Box::pin(watch("foo", go.wait()));
    let mut root = Box::pin(no_snooze(async {
        assert!((&mut foo).now_or_never().is_none());
        pending::<()>().await;
    }));
    _ = settle(&mut root, &waker);
    go.open();
    _ = settle(&mut root, &waker);
}
