//! What a scope finishes for those of its children who are gone: clean-ups, and work that must complete.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures_util::stream::{FuturesUnordered, StreamExt};
use steadfast::{AsyncDrop, AsyncDropGuard, scope};

/// Its clean-up ends once its waker is taken away, and leaves that of its last poll.
struct Slow(Arc<Mutex<Option<Waker>>>);

impl AsyncDrop for Slow {
    async fn async_drop(self: Pin<&mut Self>) {
        let mut begun = false;
        poll_fn(|cx| {
            let mut waker = self.0.lock().unwrap();
            if begun && waker.is_none() {
                return Poll::Ready(());
            }
            begun = true;
            *waker = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Those who wait for the same clean-up may have wakers of their own: whoever polls it to its end tells the others.
#[test]
fn everybody_who_waits_for_the_clean_ups_of_a_task_is_woken() {
    let waker = Arc::new(Mutex::new(None));
    let mut running = pin!(scope(async |s| {
        s.spawn(async {
            drop(AsyncDropGuard::new(Slow(waker.clone())));
            let mut apart = FuturesUnordered::from_iter([steadfast::settle()]);
            futures_util::join!(apart.next(), steadfast::settle());
        });
    }));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(running.as_mut().poll(&mut cx).is_pending());
    let taken = waker.lock().unwrap().take();
    taken.expect("the clean-up has begun").wake();
    let polls = (0..10).find(|_| running.as_mut().poll(&mut cx).is_ready());
    assert!(polls.is_some(), "one of them was not woken");
}

/// Nobody could go on with it: not the scope that has taken it over, nor the nursery around, to which the scope hands on what it has.
#[cfg(feature = "tokio")]
#[test]
fn work_that_was_taken_over_and_panics_is_polled_no_more() {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use steadfast::{FutureExt, yield_now};

    static RESUMED: AtomicUsize = AtomicUsize::new(0);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload().downcast_ref::<&str>();
        if text.is_some_and(|text| text.contains("resumed after panicking")) {
            RESUMED.fetch_add(1, SeqCst);
        }
        before(panic);
    }));
    let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
    let panics = steadfast::block_on(&runtime, async {
        let running = steadfast::nursery(async |_| {
            scope(async |s| {
                s.spawn(async {
                    let work = async {
                        yield_now().await;
                        panic!("a panic that the test asked for");
                    };
                    let mut work = Box::pin(work.must_complete());
                    let polled = poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await;
                    assert!(polled.is_pending());
                });
            })
            .await;
        });
        futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(running)).await
    });
    let text = panics.expect_err("the panic goes on");
    assert_eq!(
        text.downcast_ref(),
        Some(&"a panic that the test asked for")
    );
    assert_eq!(RESUMED.load(SeqCst), 0);
}
