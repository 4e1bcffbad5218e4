//! Children within one task.

use crate::{
    harness::{Contestant, Goal, Race, Scale},
    runtimes::{Bed as _, Tokio},
    work::{Yields, spin},
};
use futures::{StreamExt as _, stream::FuturesUnordered};
use futures_concurrency::future::FutureGroup;
use std::time::{Duration, Instant};

const PLOT: &str = "children within one task, 1 yield";

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let sizes: &[(usize, usize)] = match scale {
        Scale::Quick => &[(10, 0), (10, 1), (1_000, 0), (1_000, 1), (100_000, 1)],
        Scale::Full => &[
            (10, 0),
            (10, 1),
            (10, 10),
            (100, 1),
            (1_000, 0),
            (1_000, 1),
            (1_000, 10),
            (10_000, 1),
            (100_000, 0),
            (100_000, 1),
        ],
    };
    sizes
        .iter()
        .map(|&(children, yields)| race(children, yields))
        .collect()
}

fn race(children: usize, yields: usize) -> Race {
    // A few children are over before a clock has ticked, so the work is done several times.
    let times = (1_000 / children).max(1);
    let setting = format!("{children} children, {yields} yields");
    let race = Race::new("scope", setting, (children * times, "child"), move || {
        contestants(children, yields, times)
    })
    .goal(Goal::floor(if (children, yields) == (10, 0) {
        0.45
    } else {
        0.25
    }))
    .goal(Goal::peer("moro", 0.2))
    .goal(Goal::peer("futures-buffered", 0.6));
    let race = match (children, yields) {
        (1_000, _) => race.with_instructions(),
        _ => race,
    };
    match yields {
        1 => race.at(PLOT, "children", children),
        _ => race,
    }
}

fn contestants(children: usize, yields: usize, times: usize) -> Vec<Contestant> {
    let local_runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a tokio runtime");
    vec![
        repeated("FuturesUnordered", times, async move || {
            let mut all: FuturesUnordered<_> = (0..children).map(|_| Yields(yields)).collect();
            while all.next().await.is_some() {}
        }),
        repeated("futures-buffered", times, async move || {
            let mut all = futures_buffered::FuturesUnordered::new();
            for _ in 0..children {
                all.push(Yields(yields));
            }
            while all.next().await.is_some() {}
        }),
        repeated("FutureGroup", times, async move || {
            let mut all = FutureGroup::new();
            for _ in 0..children {
                all.insert(Yields(yields));
            }
            while all.next().await.is_some() {}
        }),
        repeated("moro", times, async move || {
            moro::async_scope!(|scope| {
                for _ in 0..children {
                    scope.spawn(Yields(yields));
                }
            })
            .await;
        }),
        repeated("moro-local", times, async move || {
            moro_local::async_scope!(|scope| {
                for _ in 0..children {
                    scope.spawn(Yields(yields));
                }
            })
            .await;
        }),
        Contestant::timed("LocalSet", move || {
            let start = Instant::now();
            for _ in 0..times {
                let set = tokio::task::LocalSet::new();
                for _ in 0..children {
                    set.spawn_local(Yields(yields));
                }
                local_runtime.block_on(set);
            }
            start.elapsed()
        }),
        repeated("steadfast", times, async move || {
            steadfast::scope(async |s| {
                for _ in 0..children {
                    s.spawn(Yields(yields));
                }
            })
            .await;
        }),
    ]
}

fn repeated(name: &'static str, times: usize, work: impl AsyncFn() + 'static) -> Contestant {
    alone(name, async move || {
        let start = Instant::now();
        for _ in 0..times {
            work().await;
        }
        start.elapsed()
    })
}

/// A contestant that says how long it took, on this thread alone: what wakes the task is free, so that the rest can be seen.
pub(super) fn alone(name: &'static str, work: impl AsyncFn() -> Duration + 'static) -> Contestant {
    let bed = Tokio::new(0);
    Contestant::timed(name, move || {
        steadfast::block_on(bed.owner(), async { spin(work()) })
    })
}
