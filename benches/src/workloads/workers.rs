//! The shared words of one nursery under more and more threads: all workers spawn into it and finish in it at once.

use super::spawn_join::on;
use crate::{
    harness::{Race, Scale},
    runtimes::Tokio,
    work::Yields,
};
use std::rc::Rc;
use tokio_util::task::TaskTracker;

const CHILDREN: usize = 100_000;
const PLOT: &str = "one nursery, spawned into by all workers";

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let workers: &[usize] = match scale {
        Scale::Quick => &[1, 4],
        Scale::Full => &[1, 2, 4, 8, 16],
    };
    workers.iter().map(|&workers| race(workers)).collect()
}

/// As many spawners as workers, each with its share of the children.
fn race(workers: usize) -> Race {
    let each = CHILDREN / workers;
    let setting = format!("tokio, {workers} workers, all of which spawn");
    let race = Race::new("workers", setting, (each * workers, "child"), move || {
        let bed = Rc::new(Tokio::new(workers));
        vec![
            on(&bed, "spawn + Vec of handles", async move |_| {
                let spawner = |_| {
                    tokio::spawn(async move {
                        let tasks: Vec<_> = (0..each).map(|_| tokio::spawn(Yields(0))).collect();
                        for task in tasks {
                            _ = task.await;
                        }
                    })
                };
                let spawners: Vec<_> = (0..workers).map(spawner).collect();
                for spawner in spawners {
                    _ = spawner.await;
                }
            }),
            on(&bed, "TaskTracker", async move |_| {
                let tracker = TaskTracker::new();
                for _ in 0..workers {
                    let all = tracker.clone();
                    tracker.spawn(async move {
                        for _ in 0..each {
                            all.spawn(Yields(0));
                        }
                    });
                }
                tracker.close();
                tracker.wait().await;
            }),
            on(&bed, "steadfast, a nursery for each", async move |_| {
                steadfast::nursery(async |n| {
                    for _ in 0..workers {
                        n.spawn(steadfast::nursery(async move |own| {
                            for _ in 0..each {
                                own.spawn(Yields(0));
                            }
                        }));
                    }
                })
                .await;
            }),
            on(&bed, "steadfast", async move |_| {
                steadfast::nursery(async |n| {
                    for _ in 0..workers {
                        let all = n.clone();
                        n.spawn(async move {
                            for _ in 0..each {
                                all.spawn(Yields(0));
                            }
                        });
                    }
                })
                .await;
            }),
        ]
    });
    race.at(PLOT, "workers", workers)
}
