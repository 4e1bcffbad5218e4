//! Spawn and join of many children whose values are asked for, one after the other.

use super::spawn_join::on;
use crate::{
    harness::{Contestant, Goal, Race, Scale},
    runtimes::{AsyncStd, Bed, Smol, Tokio},
    work::Yields,
};
use std::{hint::black_box, rc::Rc};
use tokio::task::JoinSet;

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let sizes: &[(usize, usize)] = match scale {
        Scale::Quick => &[(1_000, 0), (100_000, 0)],
        Scale::Full => &[(1_000, 0), (1_000, 1), (100_000, 0), (100_000, 1)],
    };
    let mut races = Vec::new();
    for &(children, yields) in sizes {
        let size = (children, yields);
        races.push(on_tokio("tokio, 4 workers", 4, size));
        races.push(on_tokio("tokio, 2 workers", 2, size));
        races.push(on_tokio("tokio, current thread", 0, size));
        races.push(elsewhere("smol, 1 thread", size, || Smol::new(1)));
        races.push(elsewhere("smol, 4 threads", size, || Smol::new(4)));
        races.push(elsewhere("async-std", size, AsyncStd::new));
    }
    races
}

fn race(
    runtime: &str,
    (children, yields): (usize, usize),
    contestants: impl Fn() -> Vec<Contestant> + 'static,
) -> Race {
    let setting = format!("{runtime}; {children} children, {yields} yields");
    Race::new(
        "spawn_join_with_handles",
        setting,
        (children, "child"),
        contestants,
    )
    .goal(Goal::floor(1.05))
}

fn on_tokio(name: &str, workers: usize, size: (usize, usize)) -> Race {
    race(name, size, move || {
        let bed = Rc::new(Tokio::new(workers));
        vec![by_hand(&bed, size), join_set(&bed, size), ours(&bed, size)]
    })
}

fn elsewhere<B: Bed>(name: &str, size: (usize, usize), bed: impl Fn() -> B + 'static) -> Race {
    race(name, size, move || {
        let bed = Rc::new(bed());
        vec![by_hand(&bed, size), ours(&bed, size)]
    })
}

async fn child(yields: usize, value: usize) -> usize {
    Yields(yields).await;
    value
}

fn by_hand<B: Bed>(bed: &Rc<B>, (children, yields): (usize, usize)) -> Contestant {
    on(bed, "spawn + Vec of handles", async move |bed: &B| {
        let tasks: Vec<_> = (0..children).map(|n| bed.spawn(child(yields, n))).collect();
        for task in tasks {
            black_box(task.await);
        }
    })
}

fn join_set(bed: &Rc<Tokio>, (children, yields): (usize, usize)) -> Contestant {
    on(bed, "JoinSet", async move |_| {
        let mut set: JoinSet<usize> = (0..children).map(|n| child(yields, n)).collect();
        while let Some(value) = set.join_next().await {
            _ = black_box(value);
        }
    })
}

fn ours<B: Bed>(bed: &Rc<B>, (children, yields): (usize, usize)) -> Contestant {
    on(bed, "steadfast", async move |_: &B| {
        steadfast::nursery(async |n| {
            let handles: Vec<_> = (0..children)
                .map(|value| n.spawn_with_handle(child(yields, value)))
                .collect();
            for handle in handles {
                _ = black_box(handle.await);
            }
        })
        .await;
    })
}
