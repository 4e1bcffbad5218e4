//! A process that breaks tests off lets everybody through who still waits. Alone in its process, because it is for all of it.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use steadfast_sim::kit::{CountingWaker, Gate, Tally, release};

#[test]
fn whoever_waits_is_let_through_until_it_begins_again() {
    let before = release::held();
    let (gate, tally) = (Gate::new(), Tally::new());
    assert_eq!(release::held() - before, 2);
    release::begin();

    let waker = CountingWaker::new();
    let mut early = Box::pin(gate.wait());
    assert!(
        early
            .as_mut()
            .poll(&mut Context::from_waker(&waker.waker()))
            .is_pending()
    );
    let blocked = {
        let tally = tally.clone();
        thread::spawn(move || tally.reached_blocking(7))
    };
    release::release();
    assert_eq!(waker.wakes(), 1);
    let mut noop = Context::from_waker(Waker::noop());
    assert!(early.as_mut().poll(&mut noop).is_ready());
    blocked.join().unwrap();
    assert_eq!(pin!(tally.reached(1)).poll(&mut noop), Poll::Ready(()));
    assert!(!gate.is_open() && tally.count() == 0);

    release::begin();
    assert!(pin!(gate.wait()).poll(&mut noop).is_pending());
    drop((early, gate, tally));
    assert_eq!(release::held(), before);
}
