use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use steadfast::scope;

use crate::kit::{Faults, no_blocking, ready_now, yield_once};

/// Longer than the threshold where the system does not count.
fn block() {
    thread::sleep(Duration::from_millis(150));
}

#[test]
fn computing_and_yielding_do_not_block() {
    let faults = Faults::default();
    let mut future = Box::pin(
        no_blocking(async {
            let mut sum = 0_u64;
            for number in 0..100_000 {
                sum = std::hint::black_box(sum + number);
            }
            yield_once().await;
            sum
        })
        .report_to(&faults),
    );
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert!(future.as_mut().poll(&mut context).is_ready());
    assert_eq!(faults.list(), [""; 0]);
}

#[test]
fn sleeping_and_waiting_for_another_thread_block_and_the_poll_is_counted() {
    let faults = Faults::default();
    let mut future = Box::pin(
        no_blocking(async {
            yield_once().await;
            block();
            yield_once().await;
            let (sender, receiver) = mpsc::channel();
            let answers = thread::spawn(move || {
                block();
                sender.send(1)
            });
            assert_eq!(receiver.recv(), Ok(1));
            answers.join().unwrap().unwrap();
        })
        .report_to(&faults),
    );
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..3 {
        _ = future.as_mut().poll(&mut context);
    }
    let starts = faults
        .list()
        .iter()
        .map(|text| text[..16].to_owned())
        .collect::<Vec<_>>();
    assert_eq!(
        starts,
        ["blocked: poll 2 ", "blocked: poll 3 "],
        "{:?}",
        faults.list()
    );
}

#[test]
fn child_that_blocks_is_named() {
    let faults = Faults::default();
    let blocks = no_blocking(scope(async |s| {
        s.named("sleeper").spawn(async { block() });
    }));
    ready_now(blocks.report_to(&faults));
    let [text] = &faults.list()[..] else {
        panic!("one poll blocked: {:?}", faults.list())
    };
    let known =
        text.contains("poll 1 of the child `sleeper` (") && text.contains("tests/blocking.rs:");
    assert!(known, "{text}");
}

#[test]
#[should_panic = "blocked: poll 1 of the future under `no_blocking`"]
fn block_panics_without_a_record() {
    ready_now(no_blocking(async { block() }));
}
