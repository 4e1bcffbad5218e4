//! One child of many is active: what a wake and the poll that follows cost while the others sleep.

use super::scope::alone;
use crate::{
    harness::{Contestant, Goal, Race, Scale},
    work::{Yields, yield_now},
};
use futures::{StreamExt as _, future::poll_fn, stream::FuturesUnordered};
use futures_concurrency::future::FutureGroup;
use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::Poll,
    time::{Duration, Instant},
};

const PLOT: &str = "a wake and a poll, one child active";

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let wakes = if scale.is_full() { 100_000 } else { 10_000 };
    let sizes: &[usize] = if scale.is_full() {
        &[10, 100, 1_000, 10_000]
    } else {
        &[10, 10_000]
    };
    let mut races: Vec<Race> = sizes.iter().map(|&size| one_of(size, wakes)).collect();
    races.push(
        Race::new(
            "scope_wake",
            "10,000 children against 10",
            (wakes, "wake"),
            move || {
                vec![
                    ours("10 children", 10, wakes),
                    ours("steadfast, 10,000 children", 10_000, wakes),
                ]
            },
        )
        // Flat, but for what the caches do.
        .goal(Goal::floor(1.2)),
    );
    races
}

fn one_of(size: usize, wakes: usize) -> Race {
    Race::new(
        "scope_wake",
        format!("1 of {size} children active"),
        (wakes, "wake"),
        move || {
            vec![
                alone("FuturesUnordered", async move || {
                    let (active, took) = active(wakes);
                    let mut all = FuturesUnordered::new();
                    (1..size).for_each(|_| all.push(idle()));
                    all.push(active);
                    all.next().await;
                    took.get()
                }),
                alone("futures-buffered", async move || {
                    let (active, took) = active(wakes);
                    let mut all = futures_buffered::FuturesUnordered::new();
                    (1..size).for_each(|_| all.push(idle()));
                    all.push(active);
                    all.next().await;
                    took.get()
                }),
                // Grows with the children that sleep: not run with the largest crowds.
                alone("FutureGroup", async move || {
                    let wakes = wakes / size.max(1);
                    let (active, took) = active(wakes);
                    let mut all = FutureGroup::new();
                    (1..size).for_each(|_| _ = all.insert(idle()));
                    all.insert(active);
                    all.next().await;
                    took.get() * u32::try_from(size).unwrap_or(1)
                }),
                ours("steadfast", size, wakes),
            ]
        },
    )
    .goal(Goal::peer("futures-buffered", 0.5))
    .at(PLOT, "children", size)
}

fn ours(name: &'static str, size: usize, wakes: usize) -> Contestant {
    alone(name, async move || {
        let took = Rc::new(Cell::new(Duration::ZERO));
        steadfast::scope_local(async |s| {
            for _ in 1..size {
                s.spawn_until_cancelled(std::future::pending::<()>());
            }
            let (all, took) = (s.clone(), Rc::clone(&took));
            s.spawn(async move {
                took.set(activity(wakes).await);
                all.cancel("measured");
            });
        })
        .await;
        took.get()
    })
}

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

fn idle() -> Boxed {
    Box::pin(poll_fn(|_| Poll::Pending))
}

fn active(wakes: usize) -> (Boxed, Rc<Cell<Duration>>) {
    let took = Rc::new(Cell::new(Duration::ZERO));
    let result = Rc::clone(&took);
    (
        Box::pin(async move { took.set(activity(wakes).await) }),
        result,
    )
}

/// How long so many wakes take, each with its poll.
async fn activity(wakes: usize) -> Duration {
    // By then all others have been polled and sleep.
    yield_now().await;
    let start = Instant::now();
    Yields(wakes).await;
    start.elapsed()
}
