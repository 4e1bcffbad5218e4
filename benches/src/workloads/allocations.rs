//! Blocks that a child allocates, the runtime's own task included.

use crate::{
    harness::{Contestant, Goal, Metric, Race, allocated},
    runtimes::{Bed, Smol, Tokio},
    work::Yields,
};
use futures::{StreamExt as _, stream::FuturesUnordered};
use std::rc::Rc;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

const CHILDREN: usize = 10_000;

pub(super) fn races() -> Vec<Race> {
    let race = |setting, contestants: fn() -> Vec<Contestant>| {
        Race::new("allocations", setting, (CHILDREN, "child"), contestants)
            .metric(Metric::Allocations)
    };
    let nursery = |setting, contestants| {
        race(setting, contestants)
            .goal(Goal::floor_plus(0.05).of("steadfast"))
            .goal(Goal::floor_plus(0.05).of("steadfast, with handle"))
    };
    vec![
        nursery("tokio, current thread", || {
            let bed = Rc::new(Tokio::new(0));
            let mut all = vec![by_hand(&bed)];
            all.extend(peers(&bed));
            all.extend(ours(&bed));
            all
        }),
        nursery("smol, 1 thread", || {
            let bed = Rc::new(Smol::new(1));
            let mut all = vec![by_hand(&bed)];
            all.extend(ours(&bed));
            all
        }),
        race("one task", in_one_task).goal(Goal::value(0.05)),
    ]
}

fn by_hand<B: Bed>(bed: &Rc<B>) -> Contestant {
    counted(bed, "spawn", async |bed: &B| {
        let mut tasks = Vec::with_capacity(CHILDREN);
        (0..CHILDREN).for_each(|_| tasks.push(bed.spawn(Yields(1))));
        for task in tasks {
            task.await;
        }
    })
}

fn peers(bed: &Rc<Tokio>) -> [Contestant; 2] {
    [
        counted(bed, "JoinSet", async |_| {
            let mut set: JoinSet<()> = (0..CHILDREN).map(|_| Yields(1)).collect();
            while set.join_next().await.is_some() {}
        }),
        counted(bed, "TaskTracker", async |_| {
            let tracker = TaskTracker::new();
            (0..CHILDREN).for_each(|_| drop(tracker.spawn(Yields(1))));
            tracker.close();
            tracker.wait().await;
        }),
    ]
}

fn ours<B: Bed>(bed: &Rc<B>) -> [Contestant; 2] {
    [
        counted(bed, "steadfast", async |_: &B| {
            steadfast::nursery(async |n| (0..CHILDREN).for_each(|_| _ = n.spawn(Yields(1)))).await;
        }),
        counted(bed, "steadfast, with handle", async |_: &B| {
            steadfast::nursery(async |n| {
                let mut handles = Vec::with_capacity(CHILDREN);
                (0..CHILDREN).for_each(|_| handles.push(n.spawn_with_handle(Yields(1))));
                for handle in handles {
                    _ = handle.await;
                }
            })
            .await;
        }),
    ]
}

fn in_one_task() -> Vec<Contestant> {
    let bed = Rc::new(Tokio::new(0));
    vec![
        counted(&bed, "FuturesUnordered", async |_| {
            let mut all: FuturesUnordered<_> = (0..CHILDREN).map(|_| Yields(1)).collect();
            while all.next().await.is_some() {}
        }),
        counted(&bed, "futures-buffered", async |_| {
            let mut all = futures_buffered::FuturesUnordered::new();
            (0..CHILDREN).for_each(|_| all.push(Yields(1)));
            while all.next().await.is_some() {}
        }),
        counted(&bed, "steadfast", async |_| {
            steadfast::scope(async |s| (0..CHILDREN).for_each(|_| _ = s.spawn(Yields(1)))).await;
        }),
    ]
}

fn counted<B: Bed>(
    bed: &Rc<B>,
    name: &'static str,
    work: impl AsyncFn(&B) + 'static,
) -> Contestant {
    let bed = Rc::clone(bed);
    Contestant::new(name, move || {
        steadfast::block_on(bed.owner(), allocated(work(&bed)))
    })
}
