//! Spawn and join of many children: a nursery against the bare runtime.
//!
//! `cargo bench -p steadfast-benches --bench spawn [-- CHILDREN]`. The contestants take turns, round by round, in one
//! process; printed are medians for each child and the ratio to the bare runtime. A child is ready at its first poll.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use steadfast_core::{Builder, Entry, Runtime};
use steadfast_smol::SmolRuntime;
use steadfast_tokio::TokioRuntime;

const ROUNDS: usize = 25;

fn main() {
    // Cargo itself passes `--bench`.
    let children = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let children = children.unwrap_or(10_000);
    println!("spawn + join of {children} ready children, median of {ROUNDS} rounds\n");
    println!(
        "{:<24} {:>12} {:>12} {:>7}",
        "runtime", "bare", "nursery", "ratio"
    );
    for workers in [1, 2, 4] {
        let runtime = TokioRuntime::multi_thread(workers).expect("a tokio runtime");
        let name = format!("tokio, {workers} workers");
        compare(&name, children, &runtime, &runtime.handle(), bare_tokio);
    }
    let runtime = TokioRuntime::current_thread().expect("a tokio runtime");
    compare(
        "tokio, current thread",
        children,
        &runtime,
        &runtime.handle(),
        bare_tokio,
    );
    for threads in [1, 4] {
        let executor = std::sync::Arc::new(async_executor::Executor::new());
        let runtime = SmolRuntime::with_threads(threads).expect("a smol runtime");
        let name = format!("smol, {threads} threads");
        let drivers = drive(&executor, threads);
        compare(
            &name,
            children,
            &runtime,
            &runtime.handle(),
            async |children| {
                let tasks: Vec<_> = (0..children)
                    .map(|child| executor.spawn(async move { black_box(child) }))
                    .collect();
                for task in tasks {
                    task.await;
                }
            },
        );
        drop(drivers);
    }
}

async fn bare_tokio(children: usize) {
    let tasks: Vec<_> = (0..children)
        .map(|child| tokio::spawn(async move { black_box(child) }))
        .collect();
    for task in tasks {
        task.await.expect("the task does not panic");
    }
}

/// Runs a bare executor on as many threads as its rival, until the channel is dropped.
fn drive(
    executor: &std::sync::Arc<async_executor::Executor<'static>>,
    threads: usize,
) -> impl Drop + use<> {
    let (stop, stopped) = tokio::sync::watch::channel(());
    for _ in 0..threads {
        let (executor, mut stopped) = (executor.clone(), stopped.clone());
        std::thread::spawn(move || {
            let runtime = SmolRuntime::with_threads(1).expect("a smol runtime");
            runtime.block_on(executor.run(async move { while stopped.changed().await.is_ok() {} }));
        });
    }
    stop
}

fn compare<O: Entry, R: Runtime>(
    name: &str,
    children: usize,
    owner: &O,
    handle: &R,
    bare: impl AsyncFn(usize),
) {
    let nursery = async || {
        Builder::on(handle)
            .run(async |n| {
                for child in 0..children {
                    n.spawn(async move { _ = black_box(child) });
                }
            })
            .await;
    };
    let (mut bare_times, mut nursery_times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare_times.push(owner.block_on(timed(bare(children))));
        nursery_times.push(owner.block_on(timed(nursery())));
    }
    let (bare, nursery) = (median(bare_times), median(nursery_times));
    let each = |time: Duration| format!("{:.0} ns", time.as_nanos() as f64 / children as f64);
    let ratio = nursery.as_secs_f64() / bare.as_secs_f64();
    println!(
        "{name:<24} {:>12} {:>12} {ratio:>7.2}",
        each(bare),
        each(nursery)
    );
}

async fn timed(work: impl Future<Output = ()>) -> Duration {
    let start = Instant::now();
    work.await;
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
