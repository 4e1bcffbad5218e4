//! An item of a generator.

use super::scope::alone;
use crate::harness::{Contestant, Goal, Race, Scale};
use futures::StreamExt as _;
use genawaiter::{stack::let_gen_using, sync};
use std::{
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Instant,
};
use steadfast::{Flow as _, flow, for_await};
use steadfast_core::{Slot, flow_in};

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let items = if scale.is_full() { 1_000_000 } else { 100_000 };
    let race = Race::new(
        "generator",
        format!("{items} items, all ready"),
        (items, "item"),
        move || contestants(items),
    );
    vec![
        race.goal(Goal::peer("async-stream", 1.0))
            .with_instructions(),
    ]
}

struct ByHand(std::ops::Range<usize>);

impl futures::Stream for ByHand {
    type Item = usize;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<usize>> {
        Poll::Ready(self.0.next())
    }
}

fn contestants(items: usize) -> Vec<Contestant> {
    vec![
        items_of("async-stream", async move || {
            drain(async_stream::stream! {
                for n in 0..items {
                    yield n;
                }
            })
            .await;
        }),
        items_of("a stream by hand", async move || {
            drain(ByHand(0..items)).await
        }),
        items_of("genawaiter, stack", async move || {
            let_gen_using!(numbers, async move |co| {
                for n in 0..items {
                    co.yield_(n).await;
                }
            });
            while let genawaiter::GeneratorState::Yielded(n) = numbers.async_resume().await {
                black_box(n);
            }
        }),
        items_of("genawaiter, sync", async move || {
            drain(sync::Gen::new(async move |co| {
                for n in 0..items {
                    co.yield_(n).await;
                }
            }))
            .await;
        }),
        items_of("asynk-strim", async move || {
            drain(asynk_strim::stream_fn(async move |mut yielder| {
                for n in 0..items {
                    yielder.yield_item(n).await;
                }
            }))
            .await;
        }),
        items_of("steadfast, flow!", async move || {
            for_await!(n in flow!(for n in 0..items { yield n; }) => { black_box(n); });
        }),
        items_of("steadfast, flow! as a stream", async move || {
            drain(
                flow!(for n in 0..items {
                    yield n;
                })
                .as_stream(),
            )
            .await;
        }),
        items_of("steadfast, flow_in() as a stream", async move || {
            let mut slot = Slot::new();
            let numbers = flow_in(&mut slot, async move |mut y| {
                for n in 0..items {
                    y.emit(n).await;
                }
            });
            drain(numbers.as_stream()).await;
        }),
        items_of("steadfast, flow() as a stream", async move || {
            let numbers = flow(async move |mut y| {
                for n in 0..items {
                    y.emit(n).await;
                }
            });
            drain(numbers.as_stream()).await;
        }),
    ]
}

async fn drain(numbers: impl futures::Stream<Item = usize>) {
    let mut numbers = pin!(numbers);
    while let Some(n) = numbers.next().await {
        black_box(n);
    }
}

fn items_of(name: &'static str, work: impl AsyncFn() + 'static) -> Contestant {
    alone(name, async move || {
        let start = Instant::now();
        work().await;
        start.elapsed()
    })
}
