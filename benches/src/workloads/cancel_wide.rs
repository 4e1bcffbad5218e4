//! A request to a hundred thousand idle children, until all are gone.

use crate::{
    harness::{Contestant, Goal, Race, Scale},
    runtimes::{Bed, Smol, Tokio},
    work::reaches,
};
use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const PLOT: &str = "cancel of idle children, tokio with 4 workers";

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let tokio = |name, workers, children| on_tokio(name, workers, children);
    let smol = |name, threads, children| on_smol(name, threads, children);
    if !scale.is_full() {
        return vec![
            tokio("tokio, 4 workers", 4, 100_000),
            tokio("tokio, current thread", 0, 10_000),
            smol("smol, 4 threads", 4, 100_000),
        ];
    }
    vec![
        tokio("tokio, 4 workers", 4, 1_000),
        tokio("tokio, 4 workers", 4, 10_000),
        tokio("tokio, 4 workers", 4, 100_000),
        tokio("tokio, 2 workers", 2, 100_000),
        tokio("tokio, current thread", 0, 100_000),
        smol("smol, 1 thread", 1, 100_000),
        smol("smol, 4 threads", 4, 100_000),
    ]
}

fn on_tokio(name: &'static str, workers: usize, children: usize) -> Race {
    let race = race(name, children, move || {
        let bed = Rc::new(Tokio::new(workers));
        vec![
            join_set(&bed, children),
            by_hand(&bed, "abort handles", children),
            tokens(&bed, children),
            ours(&bed, children),
        ]
    })
    .goal(Goal::peer("JoinSet", 0.5));
    match workers {
        4 => race.at(PLOT, "children", children),
        _ => race,
    }
}

fn on_smol(name: &'static str, threads: usize, children: usize) -> Race {
    race(name, children, move || {
        let bed = Rc::new(Smol::new(threads));
        vec![
            by_hand(&bed, "Task::cancel, each awaited", children),
            ours(&bed, children),
        ]
    })
    .goal(Goal::floor(0.5))
}

fn race(name: &str, children: usize, contestants: impl Fn() -> Vec<Contestant> + 'static) -> Race {
    let setting = format!("{name}; {children} idle children");
    Race::new("cancel_wide", setting, (children, "child"), contestants)
}

/// Counts its first poll, and waits for good.
pub(super) struct Idle(pub(super) Arc<AtomicUsize>, bool);

impl Idle {
    pub(super) fn new(begun: &Arc<AtomicUsize>) -> Self {
        Self(Arc::clone(begun), false)
    }
}

impl Future for Idle {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if !std::mem::replace(&mut self.1, true) {
            self.0.fetch_add(1, Ordering::Release);
        }
        Poll::Pending
    }
}

/// Lets `work` spawn and end children; it calls the function that it gets when all are to wait, and returns the moment at which it
/// asked them to end.
fn until_gone<B: Bed>(
    bed: &Rc<B>,
    name: &'static str,
    work: impl AsyncFn(&B, &Arc<AtomicUsize>) -> Instant + 'static,
) -> Contestant {
    let bed = Rc::clone(bed);
    Contestant::timed(name, move || {
        let took: Rc<std::cell::Cell<Duration>> = Rc::default();
        steadfast::block_on(bed.owner(), async {
            let begun = Arc::default();
            let asked = work(&bed, &begun).await;
            took.set(asked.elapsed());
        });
        took.get()
    })
}

fn join_set(bed: &Rc<Tokio>, children: usize) -> Contestant {
    until_gone(bed, "JoinSet", async move |_, begun| {
        let mut set: JoinSet<()> = (0..children).map(|_| Idle::new(begun)).collect();
        reaches(begun, children).await;
        let asked = Instant::now();
        set.abort_all();
        while set.join_next().await.is_some() {}
        asked
    })
}

fn by_hand<B: Bed>(bed: &Rc<B>, name: &'static str, children: usize) -> Contestant {
    until_gone(bed, name, async move |bed: &B, begun| {
        let tasks: Vec<_> = (0..children).map(|_| bed.spawn(Idle::new(begun))).collect();
        reaches(begun, children).await;
        let asked = Instant::now();
        B::cancel(tasks).await;
        asked
    })
}

fn tokens(bed: &Rc<Tokio>, children: usize) -> Contestant {
    until_gone(bed, "TaskTracker + token", async move |_, begun| {
        let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
        for _ in 0..children {
            let idle = Idle::new(begun);
            tracker.spawn(token.clone().run_until_cancelled_owned(idle));
        }
        reaches(begun, children).await;
        tracker.close();
        let asked = Instant::now();
        token.cancel();
        tracker.wait().await;
        asked
    })
}

fn ours<B: Bed>(bed: &Rc<B>, children: usize) -> Contestant {
    until_gone(bed, "steadfast", async move |_: &B, begun| {
        steadfast::nursery(async |n| {
            for _ in 0..children {
                n.spawn_until_cancelled(Idle::new(begun));
            }
            reaches(begun, children).await;
            let asked = Instant::now();
            n.cancel("measured");
            asked
        })
        .await
    })
}
