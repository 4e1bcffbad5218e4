//! Guards that are dropped in one task, until their clean-ups are done.

use crate::{
    harness::{Contestant, Goal, Race, Scale},
    runtimes::{Bed as _, Tokio},
    work::Yields,
};
use std::{future::Future, hint::black_box, pin::Pin, rc::Rc, time::Instant};
use steadfast::{AsyncDrop, AsyncDropGuard, settle};

/// Something whose clean-up waits so many times.
struct Resource(usize);

impl AsyncDrop for Resource {
    async fn async_drop(self: Pin<&mut Self>) {
        Yields(self.0).await;
        black_box(self.0);
    }
}

pub(super) fn races(scale: Scale) -> Vec<Race> {
    let sizes: &[(usize, usize)] = match scale {
        Scale::Quick => &[(100_000, 0)],
        Scale::Full => &[(1_000, 0), (100_000, 0), (100_000, 1)],
    };
    sizes
        .iter()
        .map(|&(guards, yields)| race(guards, yields))
        .collect()
}

fn race(guards: usize, yields: usize) -> Race {
    let setting = format!("{guards} guards in one task, {yields} yields");
    Race::new("drop_guard", setting, (guards, "guard"), move || {
        let bed = Rc::new(Tokio::new(0));
        let (by_hand, ours) = (Rc::clone(&bed), bed);
        vec![
            Contestant::timed("boxed and awaited by hand", move || {
                steadfast::block_on(by_hand.owner(), async {
                    let resources: Vec<_> = (0..guards).map(|_| Resource(yields)).collect();
                    let start = Instant::now();
                    let mut queue: Vec<Pin<Box<dyn Future<Output = ()> + Send>>> = Vec::new();
                    for mut resource in resources {
                        queue.push(Box::pin(async move {
                            Pin::new(&mut resource).async_drop().await
                        }));
                    }
                    for clean_up in queue {
                        clean_up.await;
                    }
                    start.elapsed()
                })
            }),
            Contestant::timed("steadfast", move || {
                steadfast::block_on(ours.owner(), async {
                    let guard = |_| AsyncDropGuard::new(Resource(yields));
                    let all: Vec<_> = (0..guards).map(guard).collect();
                    let start = Instant::now();
                    drop(all);
                    settle().await;
                    start.elapsed()
                })
            }),
        ]
    })
    .goal(Goal::floor(1.5))
}
