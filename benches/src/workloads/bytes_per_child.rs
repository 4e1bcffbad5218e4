//! What an idle child keeps of memory, the runtime's own task included.

use super::cancel_wide::Idle;
use crate::{
    harness::{Contestant, Goal, Metric, Race, Scale, grown},
    runtimes::{Bed, Smol, Tokio},
    work::{reaches, yield_now},
};
use std::{
    hint::black_box,
    rc::Rc,
    sync::{Arc, atomic::AtomicUsize},
};
use tokio::task::JoinSet;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const CHILDREN: usize = 10_000;

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let all = [
        race("tokio", on_tokio::<16>),
        race("tokio", on_tokio::<64>),
        race("smol", on_smol::<16>),
        race("smol", on_smol::<64>),
    ];
    let mut races: Vec<Race> = all.into_iter().collect();
    if !scale.is_full() {
        races.truncate(3);
    }
    races
}

fn race<const N: usize>(runtime: &str, contestants: fn([u8; N]) -> Vec<Contestant>) -> Race {
    let setting = format!("{runtime}; an idle future that owns {} bytes", N + 16);
    Race::new("bytes_per_child", setting, (CHILDREN, "child"), move || {
        contestants([1; N])
    })
    .metric(Metric::Bytes)
    .goal(Goal::floor_plus(32.0))
    .goal(Goal::peer("TaskTracker", 1.0))
}

/// A child with a load, which lives as long as it does.
async fn idle<const N: usize>(begun: Arc<AtomicUsize>, load: [u8; N]) {
    Idle::new(&begun).await;
    black_box(&load);
}

fn on_tokio<const N: usize>(load: [u8; N]) -> Vec<Contestant> {
    let bed = Rc::new(Tokio::new(0));
    let tracker = TaskTracker::new();
    vec![
        by_hand(&bed, "spawn", move |bed, begun| {
            bed.spawn(idle(begun, load))
        }),
        held(&bed, "JoinSet", async move |_, begun| {
            let mut set = JoinSet::new();
            for _ in 0..CHILDREN {
                set.spawn(idle(Arc::clone(begun), load));
            }
            reaches(begun, CHILDREN).await;
            set
        }),
        by_hand(&bed, "TaskTracker", move |_, begun| {
            tracker.spawn(idle(begun, load))
        }),
        held(&bed, "TaskTracker + child token", async move |_, begun| {
            let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
            for _ in 0..CHILDREN {
                let (own, idle) = (token.child_token(), idle(Arc::clone(begun), load));
                tracker.spawn(async move { own.run_until_cancelled(idle).await });
            }
            reaches(begun, CHILDREN).await;
            token.drop_guard()
        }),
        ours(&bed, load),
    ]
}

fn on_smol<const N: usize>(load: [u8; N]) -> Vec<Contestant> {
    let bed = Rc::new(Smol::new(1));
    let spawn = move |bed: &Smol, begun| bed.spawn(idle(begun, load));
    vec![by_hand(&bed, "spawn", spawn), ours(&bed, load)]
}

/// Tasks that `spawn` starts and whose handles are kept. The table of handles is not the tasks'.
fn by_hand<B: Bed>(
    bed: &Rc<B>,
    name: &'static str,
    spawn: impl Fn(&B, Arc<AtomicUsize>) -> B::Task<()> + 'static,
) -> Contestant {
    let bed = Rc::clone(bed);
    Contestant::new(name, move || {
        bed.block_on(async {
            let mut tasks = Vec::with_capacity(CHILDREN);
            let (before, begun) = (grown(), Arc::default());
            for _ in 0..CHILDREN {
                tasks.push(spawn(&bed, Arc::clone(&begun)));
            }
            reaches(&begun, CHILDREN).await;
            let bytes = before();
            B::cancel(tasks).await;
            // A thread of the runtime may free the last of them a little later.
            for _ in 0..1_000_000 {
                if before() < bytes / 8.0 {
                    break;
                }
                yield_now().await;
            }
            bytes
        })
    })
}

/// What is held when `work` returns, and not before it. What it returns ends the tasks when it is dropped.
fn held<B: Bed, T>(
    bed: &Rc<B>,
    name: &'static str,
    work: impl AsyncFn(&B, &Arc<AtomicUsize>) -> T + 'static,
) -> Contestant {
    let bed = Rc::clone(bed);
    Contestant::new(name, move || {
        bed.block_on(async {
            let (before, begun) = (grown(), Arc::default());
            let kept = work(&bed, &begun).await;
            let bytes = before();
            drop(kept);
            // The runtime frees what is aborted when it gets to it.
            while Arc::strong_count(&begun) > 1 {
                yield_now().await;
            }
            bytes
        })
    })
}

fn ours<B: Bed, const N: usize>(bed: &Rc<B>, load: [u8; N]) -> Contestant {
    let bed = Rc::clone(bed);
    Contestant::new("steadfast", move || {
        steadfast::block_on(bed.owner(), async {
            let begun = Arc::default();
            steadfast::nursery(async |n| {
                let before = grown();
                for _ in 0..CHILDREN {
                    n.spawn_until_cancelled(idle(Arc::clone(&begun), load));
                }
                reaches(&begun, CHILDREN).await;
                let bytes = before();
                n.cancel("measured");
                bytes
            })
            .await
        })
    })
}
