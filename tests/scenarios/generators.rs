//! G: flows written as async code.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_stream::stream;
use futures_util::{FutureExt, StreamExt};
use steadfast::flow::iter;
use steadfast::{AsyncDrop, AsyncDropGuard, Flow, flow, for_await, try_flow};
use steadfast_core::{Slot, flow_in};
use tokio::time::sleep;

use crate::probe::{Count, Lock, assert_send, ends, hangs, ms};
use crate::starvation::{generated, three_holds};

#[tokio::test(start_paused = true)]
async fn g01_order_and_end() {
    let numbers = flow! {
        for n in 0..3 {
            sleep(ms(1)).await;
            yield n;
        }
        yield 9;
    };
    let items: Vec<u32> = numbers.collect().await;
    assert_eq!(items, [0, 1, 2, 9]);

    let cut: Vec<u32> = flow! {
        yield 1;
        if true {
            return;
        }
        yield 2;
    }
    .collect()
    .await;
    assert_eq!(cut, [1]);
}

#[tokio::test(start_paused = true)]
async fn g02_borrows_across_a_yield() {
    let mut log = vec![String::from("before")];
    let numbers = flow! {
        let last = log.last_mut().unwrap();
        yield 1;
        last.push_str(" after");
        yield 2;
        log.push(String::from("end"));
    };
    let items: Vec<u32> = numbers.collect().await;
    assert_eq!(
        (items, log),
        (
            vec![1, 2],
            vec![String::from("before after"), String::from("end")]
        )
    );
}

#[tokio::test(start_paused = true)]
async fn g03_question_marks() {
    fn parsed(
        words: &'static [&'static str],
    ) -> impl Flow<Item = Result<u32, std::num::ParseIntError>> {
        try_flow! {
            move
            for_await!(word in iter(words) => {
                yield word.parse()?;
            });
        }
    }
    let all: Vec<_> = parsed(&["1", "x", "3"]).collect().await;
    assert_eq!(all.len(), 2);
    assert!(all[0] == Ok(1) && all[1].is_err());
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

struct Resource(Log, &'static str);

impl AsyncDrop for Resource {
    async fn async_drop(self: std::pin::Pin<&mut Self>) {
        sleep(ms(5)).await;
        self.0.0.lock().unwrap().push(self.1);
    }
}

#[test]
fn g04_what_a_generator_owns_is_cleaned_up_when_it_is_dropped() {
    let (log, dropped) = (Log::default(), Count::default());
    // What stands after the `yield` is the only clean-up that could await, and it is not reached.
    let (guard, inside) = (dropped.on_drop(), log.clone());
    let mut raw = Box::pin(stream! {
        let _guard = guard;
        yield 1;
        inside.0.lock().unwrap().push("closed");
    });
    assert_eq!(raw.next().now_or_never(), Some(Some(1)));
    drop(raw);
    assert_eq!((log.0.lock().unwrap().len(), dropped.get()), (0, 1));

    let (log, dropped) = (Log::default(), Count::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let inside = log.clone();
    let counted = dropped.clone();
    let child = async move {
        for at_await in [false, true] {
            let resource = Resource(
                inside.clone(),
                if at_await {
                    "at an await"
                } else {
                    "at a yield"
                },
            );
            let guard = counted.on_drop();
            let numbers = flow! {
                move
                let _resource = AsyncDropGuard::new(resource);
                let _guard = guard;
                yield 1;
                sleep(ms(1000)).await;
                yield 2;
            };
            let looped = async {
                for_await!(_n in numbers => {
                    if !at_await {
                        break;
                    }
                });
            };
            let _ = steadfast::timeout(ms(50), steadfast::assert_cancel_safe(looped)).await;
        }
    };
    runtime.block_on(steadfast::nursery(async |n| n.spawn(child)));
    assert_eq!(*log.0.lock().unwrap(), ["at a yield", "at an await"]);
    assert_eq!(dropped.get(), 2);
}

#[tokio::test(start_paused = true)]
async fn g05_a_generator_over_a_buffer_that_is_left_early_and_one_that_is_not() {
    let lock = Lock::default();
    for wanted in 1..=3 {
        let mut items = 0;
        ends(async {
            for_await!(n in generated(&lock) => {
                lock.hold().await;
                items += n;
                if items == wanted {
                    break;
                }
            });
            // What it held when it was dropped is free.
            lock.hold().await;
        })
        .await;
        assert_eq!(items, wanted);
    }
}

#[tokio::test(start_paused = true)]
async fn g06_generators_three_deep_forward_progress() {
    let lock = Lock::default();
    let raw = hangs(async {
        let one = Box::pin(futures_util::stream::iter(three_holds(&lock)).buffered(2));
        let two = stream! { for await () in one { yield 1; } };
        let three = stream! { for await n in two { yield n + 1; } };
        let mut three = pin!(three);
        while let Some(_n) = three.next().await {
            lock.hold().await;
        }
    });
    assert!(raw.await);

    let lock = Lock::default();
    let held = || {
        let lock = lock.clone();
        async move { lock.hold().await }
    };
    let one = flow!(for_await!(() in iter(0..3).map(|_| held()).concurrent(2) => { yield 1; }));
    let two = flow!(for_await!(n in one => { yield n + 1; }));
    let three = flow(async |mut y| {
        for_await!(n in two => {
            y.emit(n + 1).await;
        });
    });
    let mut items = Vec::new();
    ends(async {
        for_await!(n in three => {
            lock.hold().await;
            items.push(n);
        });
    })
    .await;
    assert_eq!(items, [3, 3, 3]);
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "after `poll_next` had returned `Pending`")]
fn g07_progress_away_from_a_yield_panics() {
    let mut generator = pin!(flow!(std::future::pending::<()>().await; yield 1));
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(generator.as_mut().poll_next(cx).is_pending());
    let _ = generator.as_mut().poll_progress(cx);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "outside of its own flow")]
async fn g07_an_item_that_nobody_would_see_panics() {
    let mut escaped = None;
    let _flow = flow::<u32, _, _>(|y| {
        escaped = Some(y);
        async {}
    });
    escaped.unwrap().emit(1).await;
}

#[test]
fn g08_send_when_its_parts_are() {
    let text = String::from("a b");
    let _ = assert_send(
        flow!(move for word in text.split(' ') { yield word.to_owned(); sleep(ms(1)).await; }),
    );
    let borrowed = [1, 2];
    drop(assert_send(async {
        for_await!(n in flow!(for n in &borrowed { yield *n; }) => sleep(ms(n)).await);
    }));
}

// G9: that it allocates nothing is checked where there is no allocator, in the tests of the core.

#[tokio::test(start_paused = true)]
async fn g09_a_generator_whose_slot_is_a_local() {
    let lock = Lock::default();
    let mut slot = Slot::new();
    let generator = flow_in(&mut slot, async |mut y| {
        for_await!(() in iter(three_holds(&lock)).concurrent_fixed::<2>() => y.emit(1).await);
    });
    let mut items = 0;
    ends(async {
        for_await!(n in generator => {
            lock.hold().await;
            items += n;
        });
    })
    .await;
    assert_eq!(items, 3);
}

/// What an item costs in time is for the bench `flow`; this is what it costs in polls and wakes.
#[tokio::test]
async fn g10_an_item_costs_one_poll_of_the_body_and_no_wake() {
    let (polls, wakes) = (Count::default(), Count::default());
    let numbers = flow(async |mut y| {
        let mut body = pin!(async {
            for n in 0..100 {
                y.emit(n).await;
            }
        });
        poll_fn(|cx| {
            polls.add();
            body.as_mut().poll(cx)
        })
        .await;
    });
    let waker = Waker::from(Arc::new(wakes.clone()));
    let sum = pin!(numbers.fold(0, async |sum, n| sum + n)).poll(&mut Context::from_waker(&waker));
    assert_eq!(sum, Poll::Ready(99 * 50));
    assert_eq!((polls.get(), wakes.get()), (101, 0));
}
