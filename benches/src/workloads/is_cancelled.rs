//! To ask whether one has been asked to end.

use crate::{
    harness::{Contestant, Goal, Race},
    runtimes::{Bed as _, Tokio},
};
use std::{
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

const TIMES: usize = 100_000;

pub(super) fn races() -> Vec<Race> {
    let race = Race::new("is_cancelled", "in a child", (TIMES, "question"), || {
        vec![
            contestant("an atomic load", async || {
                let flag = AtomicBool::new(false);
                asked(|| black_box(&flag).load(Ordering::Acquire))
            }),
            contestant("CancellationToken", async || {
                let token = CancellationToken::new();
                asked(|| black_box(&token).is_cancelled())
            }),
            contestant("steadfast", async || asked(steadfast::is_cancelled)),
        ]
    });
    vec![race.goal(Goal::floor(2.0)).with_instructions()]
}

fn contestant(name: &'static str, work: impl AsyncFn() -> Duration + 'static) -> Contestant {
    let bed = Tokio::new(0);
    Contestant::timed(name, move || steadfast::block_on(bed.owner(), work()))
}

fn asked(question: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    for _ in 0..TIMES {
        black_box(question());
    }
    start.elapsed()
}
