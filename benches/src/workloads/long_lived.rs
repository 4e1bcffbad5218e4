//! A million short children through one nursery that stays open: memory follows those that are alive.

use crate::{
    harness::{Contestant, Goal, Metric, Race, Scale, grown},
    runtimes::{Bed, Smol, Tokio},
    work::{Yields, reaches},
};
use std::{
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Alive at once.
const BATCH: usize = 1_000;
const WARM: usize = 10_000;

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let children = if scale.is_full() { 1_000_000 } else { 100_000 };
    vec![
        race("tokio, current thread", children, || Tokio::new(0)),
        race("tokio, 4 workers", children, || Tokio::new(4)),
        race("smol, 4 threads", children, || Smol::new(4)),
    ]
}

/// One unit: it is the growth that counts, not its share of a child.
fn race<B: Bed>(name: &str, children: usize, bed: impl Fn() -> B + 'static) -> Race {
    let setting = format!("{name}; {children} children, growth after the first {WARM}");
    Race::new("long_lived", setting, (1, "nursery"), move || {
        let bed = Rc::new(bed());
        vec![Contestant::new("steadfast", move || {
            steadfast::block_on(bed.owner(), async {
                steadfast::nursery(async |n| {
                    pass(&n, WARM).await;
                    let before = grown();
                    pass(&n, children - WARM).await;
                    before()
                })
                .await
            })
        })]
    })
    .metric(Metric::Bytes)
    // What the queues of the runtime keep.
    .goal(Goal::value(65_536.0))
}

async fn pass(n: &steadfast::Nursery, children: usize) {
    for _ in 0..children / BATCH {
        let finished = Arc::new(AtomicUsize::new(0));
        for _ in 0..BATCH {
            let finished = Arc::clone(&finished);
            n.spawn(async move {
                Yields(1).await;
                finished.fetch_add(1, Ordering::Release);
            });
        }
        reaches(&finished, BATCH).await;
        while !n.is_empty() {
            Yields(1).await;
        }
    }
}
