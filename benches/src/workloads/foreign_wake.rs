//! Wakes from another thread: it wakes all children of one task, one after the other, from the first wake until all have ended.

use crate::{
    harness::{Contestant, Goal, Race, Scale},
    runtimes::{Bed as _, Tokio},
};
use futures::{StreamExt as _, stream::FuturesUnordered, task::AtomicWaker};
use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let sizes: &[usize] = if scale.is_full() {
        &[1_000, 100_000]
    } else {
        &[100_000]
    };
    sizes.iter().map(|&children| race(children)).collect()
}

fn race(children: usize) -> Race {
    let setting = format!("{children} children, woken by another thread");
    Race::new("foreign_wake", setting, (children, "child"), move || {
        vec![
            woken("FuturesUnordered", async move || {
                rung(children, async |bells| {
                    let mut all: FuturesUnordered<_> = bells.collect();
                    while all.next().await.is_some() {}
                })
                .await
            }),
            woken("futures-buffered", async move || {
                rung(children, async |bells| {
                    let mut all = futures_buffered::FuturesUnordered::new();
                    bells.for_each(|bell| all.push(bell));
                    while all.next().await.is_some() {}
                })
                .await
            }),
            woken("steadfast", async move || {
                rung(children, async |bells| {
                    steadfast::scope(async |s| bells.for_each(|bell| _ = s.spawn(bell))).await;
                })
                .await
            }),
        ]
    })
    .goal(Goal::peer("futures-buffered", 1.0))
}

/// In the main task of a tokio of one thread, which sleeps where there is nothing to poll.
fn woken(name: &'static str, work: impl AsyncFn() -> Duration + 'static) -> Contestant {
    let bed = Tokio::new(0);
    Contestant::timed(name, move || steadfast::block_on(bed.owner(), work()))
}

/// Waits to be rung.
#[derive(Clone)]
struct Bell {
    line: Arc<Line>,
    waiting: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Line {
    rung: AtomicBool,
    waker: AtomicWaker,
}

impl Future for Bell {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.line.rung.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        self.line.waker.register(cx.waker());
        self.waiting.fetch_add(1, Ordering::Release);
        Poll::Pending
    }
}

/// Lets `work` wait for so many bells, rings them from a thread of its own once all wait, and says how long that took.
async fn rung(children: usize, work: impl AsyncFn(&mut dyn Iterator<Item = Bell>)) -> Duration {
    let waiting = Arc::new(AtomicUsize::new(0));
    let bell = |_| Bell {
        line: Arc::default(),
        waiting: Arc::clone(&waiting),
    };
    let bells: Vec<Bell> = (0..children).map(bell).collect();
    let lines: Vec<_> = bells.iter().map(|bell| Arc::clone(&bell.line)).collect();
    let all = Arc::clone(&waiting);
    let ringer = thread::spawn(move || {
        while all.load(Ordering::Acquire) < children {
            thread::yield_now();
        }
        let start = Instant::now();
        for line in lines {
            line.rung.store(true, Ordering::Release);
            line.waker.wake();
        }
        start
    });
    work(&mut bells.into_iter()).await;
    let end = Instant::now();
    end - ringer.join().expect("it does not panic")
}
