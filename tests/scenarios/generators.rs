//! G: flows written as async code.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use steadfast::flow::iter;
use steadfast::{AsyncDrop, AsyncDropGuard, Flow, flow, for_await, try_flow};
use tokio::time::sleep;

use crate::probe::{Count, Lock, assert_send, ends, ms};

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

// G5 is B12, in `starvation`.

#[tokio::test(start_paused = true)]
async fn g06_generators_three_deep_forward_progress() {
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

// G9 is in the core's test without an allocator.

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
