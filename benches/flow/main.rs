//! What an item of a generator costs, and an event of a loop, against what people use today.
//!
//! `cargo bench -p steadfast-benches --bench flow [-- ITEMS]`. The contestants take turns, round by round, in one process;
//! printed are medians for each item, and the ratio to the first contestant. Everything is ready at its first poll, so this is
//! the cost of the machinery alone.
#![forbid(unsafe_code)]

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use steadfast_core::flow::iter;
use steadfast_core::{Flow, flow, for_await, merge};

const ROUNDS: usize = 15;

fn main() {
    // Cargo itself passes `--bench`.
    let items = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let items = items.unwrap_or(1_000_000);
    println!("{items} items, median of {ROUNDS} rounds\n");
    generators(items);
    events(items);
}

/// G10: the goal is twice the cost of `async-stream`.
fn generators(items: u64) {
    let rival = move || {
        timed(async {
            let mut numbers = pin!(async_stream::stream! {
                for n in 0..items {
                    yield n;
                }
            });
            while let Some(n) = numbers.next().await {
                black_box(n);
            }
        })
    };
    let ours = move || {
        timed(async {
            for_await!(n in flow!(for n in 0..items { yield n; }) => { black_box(n); });
        })
    };
    let without_macro = move || {
        let numbers = flow(async |mut y| {
            for n in 0..items {
                y.emit(n).await;
            }
        });
        timed(numbers.for_each(async |n| {
            black_box(n);
        }))
    };
    compare(
        "an item of a generator",
        items,
        &[
            ("async-stream", &rival),
            ("flow!", &ours),
            ("flow()", &without_macro),
        ],
    );
}

/// Two sources that are always ready.
fn events(items: u64) {
    let half = items / 2;
    let rival = move || {
        timed(async {
            let (mut a, mut b) = (stream::iter(0..half), stream::iter(0..half));
            loop {
                tokio::select! {
                    Some(n) = a.next() => { black_box(n); }
                    Some(n) = b.next() => { black_box(n); }
                    else => break,
                }
            }
        })
    };
    let ours = move || {
        timed(async {
            merge! {
                n in iter(0..half) => { black_box(n); }
                n in iter(0..half) => { black_box(n); }
            }
            .await;
        })
    };
    compare(
        "an event of a loop over two sources",
        items,
        &[("tokio::select!", &rival), ("merge!", &ours)],
    );
}

fn compare(what: &str, items: u64, contestants: &[(&str, &dyn Fn() -> Duration)]) {
    let mut times = vec![Vec::new(); contestants.len()];
    for _ in 0..ROUNDS {
        for ((_, run), times) in contestants.iter().zip(&mut times) {
            times.push(run());
        }
    }
    println!("{what}");
    let medians: Vec<Duration> = times.into_iter().map(median).collect();
    for ((name, _), time) in contestants.iter().zip(&medians) {
        let each = time.as_nanos() as f64 / items as f64;
        let ratio = time.as_secs_f64() / medians[0].as_secs_f64();
        println!("  {name:<16} {each:>8.1} ns {ratio:>7.2}");
    }
}

/// How long `work` takes on a loop that polls it until it is ready.
fn timed(work: impl Future<Output = ()>) -> Duration {
    let mut work = pin!(work);
    let cx = &mut Context::from_waker(Waker::noop());
    let start = Instant::now();
    while work.as_mut().poll(cx).is_pending() {}
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
