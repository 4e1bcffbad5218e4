//! Loops and generators in a crate that forbids what their code could be tempted to allow.
#![cfg(feature = "tokio")]
#![forbid(unsafe_code)]
#![forbid(unused, unreachable_code, unused_imports, unused_variables, unused_mut)]
#![forbid(clippy::all)]

use std::future::{Future, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use steadfast::{Flow, flow, for_await, join, merge, try_flow};

fn ready_now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

async fn always() -> u32 {
    merge! {
        on_exit: finish;
        n in repeated(|| ready(4)) => break n,
        _ in flow::iter(0..3), if false => ready(()).await,
    }
    .await
}

async fn first(numbers: impl Flow<Item = u32>) -> u32 {
    for_await!(n in numbers => return n);
    unreachable!("it has an item")
}

#[test]
fn loops_in_a_crate_that_forbids_what_they_could_allow() {
    let numbers = try_flow! {
        for word in ["1", "x"] {
            yield word.parse::<u32>()?;
        }
    };
    let items: Vec<Result<u32, std::num::ParseIntError>> = ready_now(numbers.collect());
    assert!(items[0] == Ok(1) && items[1].is_err());

    let sum = ready_now(async {
        merge! {
            n in flow::iter(1..) => if n > 2 { break Some(n) },
            n in flow! { yield always().await; } => assert_eq!(n, 4),
            done => None,
        }
        .await
    });
    let last = ready_now(async { for_await!(n in flow::iter(1..) => break n, done => 0) });
    let (one, ()) = ready_now(async {
        join!(first(flow::iter(7..9)), async {
            merge! { _ in flow::empty::<()>() => {} }.await
        })
        .await
    });
    assert_eq!((sum, last, one), (Some(3), 1, 7));
}
