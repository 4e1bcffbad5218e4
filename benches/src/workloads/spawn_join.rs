//! Spawn and join of many children without handles: a million tasks that nobody asks for a value.
//!
//! The floor keeps the handles of all tasks and awaits them, which is the least that waits for all with the runtime alone.

use crate::{
    harness::{Contestant, Goal, Race, Scale},
    runtimes::{AsyncStd, Bed, Smol, Tokio},
    work::{Yields, timed},
};
use async_nursery::{NurseExt as _, Nursery};
use futures::StreamExt as _;
use std::{future::Future, rc::Rc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// So many children, each of which waits so many times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crowd {
    pub(super) children: usize,
    pub(super) yields: usize,
}

const HEARING: &str = "spawn + join, tokio with 4 workers";

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let mut races = Vec::new();
    for crowd in crowds(scale, scale.is_full()) {
        races.push(on_tokio("tokio, 4 workers", 4, crowd, true));
    }
    for crowd in crowds(scale, false) {
        races.push(on_tokio("tokio, 2 workers", 2, crowd, true));
        // Instructions of one thread do not vary.
        let alone = on_tokio("tokio, current thread", 0, crowd, false);
        races.push(match crowd {
            Crowd {
                children: 1_000, ..
            } => alone.with_instructions(),
            _ => alone,
        });
        races.push(elsewhere("smol, 1 thread", crowd, false, || Smol::new(1)));
        races.push(elsewhere("smol, 4 threads", crowd, true, || Smol::new(4)));
        races.push(elsewhere("async-std", crowd, true, AsyncStd::new));
    }
    races
}

fn crowds(scale: Scale, all: bool) -> Vec<Crowd> {
    let sizes = match (scale, all) {
        (Scale::Quick, _) => [(1_000, 0), (1_000, 1), (100_000, 0)].as_slice(),
        (Scale::Full, false) => &[
            (1_000, 0),
            (1_000, 1),
            (1_000, 10),
            (100_000, 0),
            (100_000, 1),
        ],
        (Scale::Full, true) => &[
            (1_000, 0),
            (1_000, 1),
            (1_000, 10),
            (10_000, 0),
            (100_000, 0),
            (100_000, 1),
            (100_000, 10),
            (1_000_000, 0),
        ],
    };
    let crowd = |&(children, yields)| Crowd { children, yields };
    sizes.iter().map(crowd).collect()
}

fn race(
    runtime: &str,
    crowd: Crowd,
    is_parallel: bool,
    contestants: impl Fn() -> Vec<Contestant> + 'static,
) -> Race {
    let Crowd { children, yields } = crowd;
    let setting = format!("{runtime}; {children} children, {yields} yields");
    // Tasks that nobody waits for are freed by the side that allocated them.
    let bound = if is_parallel && children == 100_000 && yields == 0 {
        0.8
    } else {
        1.0
    };
    Race::new("spawn_join", setting, (children, "child"), contestants)
        .goal(Goal::floor(bound))
        .goal(Goal::peer("JoinSet", 0.55))
}

fn on_tokio(name: &str, workers: usize, crowd: Crowd, is_parallel: bool) -> Race {
    let race = race(name, crowd, is_parallel, move || {
        let bed = Rc::new(Tokio::new(workers));
        let mut all = vec![by_hand(&bed, crowd)];
        all.extend(peers_on_tokio(&bed, crowd, workers));
        all.push(ours(&bed, "steadfast", crowd));
        all
    });
    match crowd {
        Crowd {
            children,
            yields: 0,
        } if workers == 4 => race.at(HEARING, "children", children),
        _ => race,
    }
}

fn elsewhere<B: Bed>(
    name: &str,
    crowd: Crowd,
    is_parallel: bool,
    bed: impl Fn() -> B + 'static,
) -> Race {
    race(name, crowd, is_parallel, move || {
        let bed = Rc::new(bed());
        vec![by_hand(&bed, crowd), ours(&bed, "steadfast", crowd)]
    })
}

pub(super) fn by_hand<B: Bed>(bed: &Rc<B>, crowd: Crowd) -> Contestant {
    on(bed, "spawn + Vec of handles", async move |bed: &B| {
        let children = 0..crowd.children;
        let tasks: Vec<_> = children.map(|_| bed.spawn(Yields(crowd.yields))).collect();
        for task in tasks {
            task.await;
        }
    })
}

pub(super) fn ours<B: Bed>(bed: &Rc<B>, name: &'static str, crowd: Crowd) -> Contestant {
    on(bed, name, async move |_: &B| {
        steadfast::nursery(async |n| {
            for _ in 0..crowd.children {
                n.spawn(Yields(crowd.yields));
            }
        })
        .await;
    })
}

fn peers_on_tokio(bed: &Rc<Tokio>, crowd: Crowd, workers: usize) -> Vec<Contestant> {
    let Crowd { children, yields } = crowd;
    let mut all = vec![
        on(bed, "JoinSet", async move |_| {
            let mut set = JoinSet::new();
            for _ in 0..children {
                set.spawn(Yields(yields));
            }
            while set.join_next().await.is_some() {}
        }),
        on(bed, "TaskTracker", async move |_| {
            let tracker = TaskTracker::new();
            for _ in 0..children {
                tracker.spawn(Yields(yields));
            }
            tracker.close();
            tracker.wait().await;
        }),
        on(bed, "TaskTracker + token", async move |_| {
            let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
            for _ in 0..children {
                let token = token.clone();
                tracker.spawn(async move {
                    Yields(yields).await;
                    drop(token);
                });
            }
            tracker.close();
            tracker.wait().await;
        }),
    ];
    if workers > 0 {
        all.push(on(bed, "async_nursery", async move |_| {
            let runtime = async_executors::TokioTp::try_current().expect("inside of tokio");
            let (nursery, mut outputs) = Nursery::new(runtime);
            for _ in 0..children {
                nursery.nurse(Yields(yields)).expect("it is open");
            }
            drop(nursery);
            while outputs.next().await.is_some() {}
        }));
    }
    // It polls its futures of handles all together: its cost grows with the square of the children.
    if workers > 0 && children <= 1_000 {
        all.push(on(bed, "async-scoped", async move |_| {
            async_scoped::TokioScope::scope_and_block(|scope| {
                for _ in 0..children {
                    scope.spawn(Yields(yields));
                }
            });
        }));
    }
    all
}

/// A contestant that does `work` in the main task of the runtime, below a root of ours.
pub(super) fn on<B: Bed>(
    bed: &Rc<B>,
    name: &'static str,
    work: impl AsyncFn(&B) + 'static,
) -> Contestant {
    let bed = Rc::clone(bed);
    Contestant::timed(name, move || enter(&*bed, timed(work(&bed))))
}

pub(super) fn enter<B: Bed>(bed: &B, main: impl Future<Output = Duration>) -> Duration {
    steadfast::block_on(bed.owner(), main)
}
