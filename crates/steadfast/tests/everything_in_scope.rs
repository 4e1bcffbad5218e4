//! Code with all names of the facade in scope, as newcomers write it.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use steadfast::flow::{iter, once};
use steadfast::*;

fn ready_now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// Traits that are implemented for everything must not hide methods of what the macros generate, or of anything else.
#[core::prelude::v1::test]
fn traits_of_ours_hide_no_methods() {
    let mut numbers = 1..4;
    let mut sum = 0;
    let words = ready_now(async {
        merge! {
            on_exit: finish;
            n in repeated(async || numbers.next()) => match n {
                Some(n) => sum += n,
                None => break String::from("a b").split(' ').count(),
            },
            n in flow!(yield 10; yield 20;), if true => sum += n,
            n in once(async { 100 }) => sum += n,
        }
        .await
    });
    assert_eq!((words, sum), (2, 136));

    let items: Vec<u32> = ready_now(
        iter(0..2)
            .chain(flow(async |mut y| y.emit(7).await))
            .collect(),
    );
    assert_eq!(items, [0, 1, 7]);
}
