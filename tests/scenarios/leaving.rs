//! How a loop is left, and what only looks as if it left it.

use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};

use futures_util::FutureExt;
use steadfast::flow::iter;
use steadfast::merge;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::probe::{ends, ms, ticks};

/// Is what it is given.
macro_rules! same {
    ($($code:tt)*) => { $($code)* };
}

/// Combinators of others take whatever may be awaited, so that the types cannot refuse a loop that has run by then.
#[tokio::test(start_paused = true)]
async fn a_loop_that_others_get_too_late_is_told() {
    let told = async |misuse: Pin<&mut dyn Future<Output = ()>>| {
        let panic = AssertUnwindSafe(misuse).catch_unwind().await.unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.contains("put the loop into `async { .. }`"), "{text}");
        assert!(text.contains("leaving.rs"), "{text}");
    };
    let limited = pin!(async {
        let _ = tokio::time::timeout(ms(1), merge! { _ in ticks(ms(10), 3) => {} }).await;
    });
    told(limited).await;
    let joined = pin!(async {
        tokio::join!(merge! { _ in ticks(ms(10), 3) => {} }, sleep(ms(1)));
    });
    told(joined).await;
    let selected = pin!(async {
        tokio::select! {
            () = merge! { _ in ticks(ms(10), 3) => {} } => {}
            () = sleep(ms(1)) => {}
        }
    });
    told(selected).await;
}

#[tokio::test(start_paused = true)]
async fn a_loop_is_awaited_wherever_macros_put_it() {
    macro_rules! whole {
        ($source:expr) => {
            merge! { n in $source => if n == 1 { break n }, done => 0 }.await
        };
    }
    let mut sum = whole!(iter(0..3));
    sum += same! { merge! { n in iter(0..9) => break n + 10, done => 0 }.await };
    let waits = merge! { n in iter(0..9) => break n + 100, done => 0 };
    sum += waits.await;
    merge! {
        _ in iter(0..1) => {
            sum += whole!(iter(0..3));
            merge! {
                n in iter([merge! { n in iter(5..6) => break n, done => 0 }.await]) => sum += 1000 * n,
                done => merge! { _ in iter(0..1) => {} }.await,
            }
            .await;
            sum += same!(merge! { n in iter(0..9) => break n + 10_000, done => 0 }.await);
        }
    }
    .await;
    assert_eq!(sum, 1 + 10 + 100 + 1 + 5000 + 10_000);
}

#[tokio::test(start_paused = true)]
async fn with_all_operations_off_the_loop_ends() {
    let (sender, mut jobs) = mpsc::channel(4);
    for job in 1..4 {
        sender.send(job).await.unwrap();
    }
    let mut left = 2;
    let value = ends(async {
        merge! {
            job in repeated(|| jobs.recv()), if left > 0 => {
                left -= 1;
                if job.is_none() {
                    break "closed";
                }
            }
            done => "enough",
        }
        .await
    });
    assert_eq!(value.await, "enough");
    assert_eq!(jobs.try_recv(), Ok(3));
}
