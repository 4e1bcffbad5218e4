//! An item of a generator.

use std::hint::black_box;
use std::pin::pin;

use futures_util::StreamExt;
use steadfast_core::{Flow, Slot, flow, flow_in, for_await};

use crate::{Group, drive};

pub(crate) const ITEM: Group = (
    "an item of a generator",
    &[
        ("async-stream", |items| {
            drive(async {
                let mut numbers = pin!(async_stream::stream!(for n in 0..items {
                    yield n;
                }));
                while let Some(n) = numbers.next().await {
                    black_box(n);
                }
            });
        }),
        ("flow!, in the same loop", |items| {
            drive(async {
                let mut numbers = pin!(
                    flow!(for n in 0..items {
                        yield n;
                    })
                    .as_stream()
                );
                while let Some(n) = numbers.next().await {
                    black_box(n);
                }
            });
        }),
        ("flow! in for_await!", |items| {
            drive(async {
                for_await!(n in flow!(for n in 0..items { yield n; }) => { black_box(n); });
            });
        }),
        ("flow() in for_each", |items| {
            let numbers = flow(async |mut y| {
                for n in 0..items {
                    y.emit(n).await;
                }
            });
            drive(numbers.for_each(async |n| _ = black_box(n)));
        }),
        ("flow_in() in for_await!", |items| {
            drive(async {
                let mut slot = Slot::new();
                let numbers = flow_in(&mut slot, async |mut y| {
                    for n in 0..items {
                        y.emit(n).await;
                    }
                });
                for_await!(n in numbers => { black_box(n); });
            });
        }),
    ],
);
