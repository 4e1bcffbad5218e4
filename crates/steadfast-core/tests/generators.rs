//! What a generator does with an `emit` that is not simply awaited to its end: dropped, raced, carried elsewhere, left by a panic.
//!
//! Small enough for Miri, which sees whether an item ever passes where it must not.

#![cfg(feature = "std")]

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use futures_util::future::FutureExt;
use steadfast_core::flow::iter;
use steadfast_core::{Emitter, Flow, Slot, flow, flow_in, for_await, try_flow, yield_now};

fn next<F: Flow>(flow: Pin<&mut F>) -> Poll<Option<F::Item>> {
    flow.poll_next(&mut Context::from_waker(Waker::noop()))
}

fn progress<F: Flow>(flow: Pin<&mut F>) -> Poll<()> {
    flow.poll_progress(&mut Context::from_waker(Waker::noop()))
}

fn panics(work: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast_ref::<&str>().unwrap().to_string(),
    }
}

/// Polls `future` once, and drops it.
async fn once(mut future: impl Future<Output = ()> + Unpin) {
    poll_fn(|cx| {
        let _ = Pin::new(&mut future).poll(cx);
        Poll::Ready(())
    })
    .await;
}

#[test]
fn an_emit_that_is_dropped_has_handed_out_its_item_and_the_next_one_waits_its_turn() {
    let mut slot = Slot::new();
    macro_rules! body {
        () => {
            async |mut y| {
                once(y.emit(String::from("dropped"))).await;
                y.emit(String::from("next")).await;
            }
        };
    }
    let mut by_thread = pin!(flow(body!()));
    let mut in_slot = pin!(flow_in(&mut slot, body!()));
    for expected in [Some("dropped"), Some("next"), None] {
        let expected = expected.map(String::from);
        assert_eq!(next(by_thread.as_mut()), Poll::Ready(expected.clone()));
        assert_eq!(next(in_slot.as_mut()), Poll::Ready(expected));
    }
}

#[test]
fn an_emit_that_is_never_polled_hands_out_nothing() {
    let numbers = flow(async |mut y| {
        drop(y.emit(1));
        y.emit(2).await;
    });
    let items: Vec<i32> = numbers.collect().now_or_never().unwrap();
    assert_eq!(items, [2]);
}

#[test]
fn a_yield_that_is_left_while_the_generator_stands_holds_its_next_item_back() {
    let left = AtomicBool::new(false);
    let mut numbers = pin!(flow! {
        for n in 0..3 {
            // The `yield` of each number is given up as soon as `left` is set.
            let mut given = pin!(async { yield n; });
            poll_fn(|cx| match left.load(Ordering::Relaxed) {
                true => Poll::Ready(()),
                false => given.as_mut().poll(cx),
            })
            .await;
        }
        // So that it does not end while it stands.
        yield 9;
    });
    assert_eq!(next(numbers.as_mut()), Poll::Ready(Some(0)));
    left.store(true, Ordering::Relaxed);
    // It runs on to the last `yield`, whose item nobody has asked for.
    assert!(progress(numbers.as_mut()).is_pending());
    assert!(progress(numbers.as_mut()).is_pending());
    assert_eq!(next(numbers.as_mut()), Poll::Ready(Some(9)));
    assert_eq!(next(numbers.as_mut()), Poll::Ready(None));
}

#[test]
fn a_generator_that_gives_up_its_last_yield_while_it_stands_has_come_to_its_end() {
    let left = AtomicBool::new(false);
    let mut results = pin!(try_flow! {
        let mut given = pin!(async { yield 1; });
        poll_fn(|cx| match given.as_mut().poll(cx) {
            Poll::Pending if !left.load(Ordering::Relaxed) => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
        return Err("given up");
    });
    assert_eq!(next(results.as_mut()), Poll::Ready(Some(Ok(1))));
    left.store(true, Ordering::Relaxed);
    assert_eq!(progress(results.as_mut()), Poll::Ready(()));
    assert_eq!(next(results.as_mut()), Poll::Ready(Some(Err("given up"))));
    assert_eq!(next(results.as_mut()), Poll::Ready(None));
}

#[test]
fn a_generator_that_ends_in_the_poll_of_its_last_item_has_handed_it_out() {
    let mut slot = Slot::new();
    let mut last = pin!(flow_in(&mut slot, async |mut y| {
        once(y.emit(String::from("last"))).await;
    }));
    assert_eq!(next(last.as_mut()), Poll::Ready(Some(String::from("last"))));
    assert_eq!(next(last.as_mut()), Poll::Ready(None));

    let mut results = pin!(try_flow(async |mut y| {
        once(y.emit(Ok(1))).await;
        Err("the end")
    }));
    for expected in [Some(Ok(1)), Some(Err("the end")), None] {
        assert_eq!(next(results.as_mut()), Poll::Ready(expected));
    }
}

#[test]
fn an_emitter_panics_in_another_flow_in_no_flow_and_on_another_thread() {
    fn escaped<T>() -> (Emitter<T>, impl Flow<Item = T>) {
        let mut emitter = None;
        let numbers = flow(|y| {
            emitter = Some(y);
            std::future::pending()
        });
        (emitter.unwrap(), numbers)
    }
    let (mut emitter, numbers) = escaped::<[u64; 4]>();
    let mut numbers = pin!(numbers);
    let in_another = panics(|| {
        let other = flow::<u8, _, _>(async |_| emitter.emit([1; 4]).await);
        let _ = next(pin!(other));
    });
    let in_none = panics(|| {
        let _ = emitter.emit([2; 4]).now_or_never();
    });
    let elsewhere = std::thread::spawn(move || {
        panics(|| {
            let _ = emitter.emit([3; 4]).now_or_never();
        })
    });
    assert!(next(numbers.as_mut()).is_pending());
    for text in [in_another, in_none, elsewhere.join().unwrap()] {
        assert!(text.contains("outside of its own flow"), "{text}");
    }
}

#[test]
fn a_slot_is_closed_to_those_who_emit_outside_of_its_flow() {
    let mut slot = Slot::new();
    let (mut emitter, numbers) = {
        let mut emitter = None;
        let numbers = flow_in(&mut slot, |y| {
            emitter = Some(y);
            std::future::pending()
        });
        (emitter.unwrap(), numbers)
    };
    let mut numbers = pin!(numbers);
    let text = panics(|| {
        let _ = emitter.emit(Box::new(1)).now_or_never();
    });
    assert!(text.contains("outside of its own flow"), "{text}");
    assert!(next(numbers.as_mut()).is_pending());
}

#[test]
fn a_panic_leaves_no_trace_on_the_thread_and_drops_an_item_that_was_put() {
    let item = Rc::new(());
    let given = item.clone();
    let mut fails = pin!(flow(async |mut y| {
        once(y.emit(given)).await;
        panic!("with an item on its way");
    }));
    let text = panics(|| drop(next(fails.as_mut())));
    assert_eq!(text, "with an item on its way");
    assert_eq!(Rc::strong_count(&item), 1);

    let (mut emitter, _numbers) = {
        let mut emitter = None;
        let numbers = flow(|y| {
            emitter = Some(y);
            std::future::pending()
        });
        (emitter.unwrap(), numbers)
    };
    let outside = panics(|| {
        let _ = emitter.emit(1).now_or_never();
    });
    assert!(outside.contains("outside of its own flow"), "{outside}");
}

#[test]
fn generators_inside_each_other_keep_their_own_items() {
    let outer = flow! {
        for_await!(text in flow! {
            for_await!(n in flow!(for n in 0..3 { yield_now().await; yield n; }) => {
                yield n.to_string();
            });
        } => {
            yield (text, 'c');
        });
    };
    let mut outer = pin!(outer);
    let mut items = Vec::new();
    loop {
        match next(outer.as_mut()) {
            Poll::Ready(Some((text, _))) => items.push(text),
            Poll::Ready(None) => break,
            // It has yielded to others.
            Poll::Pending => continue,
        }
        assert!(progress(outer.as_mut()).is_pending());
    }
    assert_eq!(items, ["0", "1", "2"]);
}

#[test]
fn a_generator_goes_from_thread_to_thread_between_its_items() {
    let shared = Arc::new(());
    let mut numbers =
        Box::pin(flow!(move for n in 0..4 { let _held = shared.clone(); yield vec![n]; }));
    for n in 0..4 {
        numbers = std::thread::spawn(move || {
            assert_eq!(next(numbers.as_mut()), Poll::Ready(Some(vec![n])));
            assert!(progress(numbers.as_mut()).is_pending());
            numbers
        })
        .join()
        .unwrap();
    }
    assert_eq!(next(numbers.as_mut()), Poll::Ready(None));
}

#[test]
fn what_an_item_was_made_of_is_let_go_of_before_the_yield_waits() {
    let cell = std::cell::RefCell::new(vec![1]);
    let mut numbers = pin!(flow! {
        yield cell.borrow_mut().len();
        yield cell.borrow_mut().len();
    });
    assert_eq!(next(numbers.as_mut()), Poll::Ready(Some(1)));
    cell.borrow_mut().push(2);
    assert_eq!(next(numbers.as_mut()), Poll::Ready(Some(2)));
}

#[test]
fn a_flow_of_flows_collects() {
    let nested = flow! {
        for n in 1..=3 {
            yield iter(0..n);
        }
    };
    let sum = nested.fold(0, async |sum, inner| {
        sum + inner.fold(0, async |a, b| a + b).await
    });
    assert_eq!(sum.now_or_never(), Some(4));
}
