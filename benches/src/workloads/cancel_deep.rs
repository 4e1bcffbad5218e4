//! A request at the top of a chain of nurseries, each in a child of the one above: linear in the depth, with a flat stack.

use crate::{
    harness::{Contestant, Goal, Race, Scale},
    runtimes::{Bed as _, Tokio},
    work::reaches,
};
use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const PLOT: &str = "cancel of a chain of nurseries";

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let depths: &[usize] = if scale.is_full() {
        &[10, 100, 1_000, 10_000]
    } else {
        &[10_000]
    };
    depths.iter().map(|&depth| race(depth)).collect()
}

fn race(depth: usize) -> Race {
    Race::new(
        "cancel_deep",
        format!("{depth} nurseries deep"),
        (depth, "level"),
        move || {
            vec![
                contestant("a wide cancel, per child", async move |begun| {
                    wide(depth, begun).await
                }),
                contestant("child tokens", async move |begun| {
                    tokens(depth, begun).await
                }),
                contestant("steadfast", async move |begun| chain(depth, begun).await),
            ]
        },
    )
    .goal(Goal::floor(1.0))
    .at(PLOT, "depth", depth)
}

fn contestant(
    name: &'static str,
    work: impl AsyncFn(Arc<AtomicUsize>) -> Instant + 'static,
) -> Contestant {
    let bed = Tokio::new(0);
    Contestant::timed(name, move || -> Duration {
        steadfast::block_on(bed.owner(), async { work(Arc::default()).await.elapsed() })
    })
}

/// The same number of children, all in one nursery.
async fn wide(children: usize, begun: Arc<AtomicUsize>) -> Instant {
    steadfast::nursery(async |n| {
        for _ in 0..children {
            let begun = Arc::clone(&begun);
            n.spawn(async move {
                begun.fetch_add(1, Ordering::Release);
                steadfast::cancelled().await;
            });
        }
        reaches(&begun, children).await;
        let asked = Instant::now();
        n.cancel("measured");
        asked
    })
    .await
}

/// A task for each level, with a token below that of the one above.
async fn tokens(depth: usize, begun: Arc<AtomicUsize>) -> Instant {
    let (tracker, top) = (TaskTracker::new(), CancellationToken::new());
    let mut token = top.clone();
    for _ in 0..depth {
        token = token.child_token();
        let (token, begun) = (token.clone(), Arc::clone(&begun));
        tracker.spawn(async move {
            begun.fetch_add(1, Ordering::Release);
            token.cancelled().await;
        });
    }
    reaches(&begun, depth).await;
    tracker.close();
    let asked = Instant::now();
    top.cancel();
    tracker.wait().await;
    asked
}

async fn chain(depth: usize, begun: Arc<AtomicUsize>) -> Instant {
    steadfast::nursery(async |n| {
        n.spawn(level(depth - 1, Arc::clone(&begun)));
        reaches(&begun, 1).await;
        let asked = Instant::now();
        n.cancel("measured");
        asked
    })
    .await
}

/// One nursery with one child, which is the next level; the last one waits for the request.
fn level(below: usize, begun: Arc<AtomicUsize>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(steadfast::nursery(async move |n| match below {
        0 => {
            begun.fetch_add(1, Ordering::Release);
            steadfast::cancelled().await;
        }
        _ => _ = n.spawn(level(below - 1, begun)),
    }))
}
