//! A nursery with no child: what it costs to have one for the case that one is needed.

use crate::{
    harness::{Contestant, Goal, Metric, Race},
    runtimes::Tokio,
};
use std::{hint::black_box, rc::Rc};
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

const TIMES: usize = 1_000;

pub(super) fn races() -> Vec<Race> {
    let setting = "no child, on a tokio of one thread";
    let race = |setting: &str| Race::new("open_close", setting, (TIMES, "nursery"), contestants);
    vec![
        race(setting),
        race(&format!("{setting}; instructions"))
            .metric(Metric::Instructions)
            .goal(Goal::floor_plus(100.0)),
    ]
}

fn contestants() -> Vec<Contestant> {
    let bed = Rc::new(Tokio::new(0));
    vec![
        opened(&bed, "an empty async fn", async || empty().await),
        opened(&bed, "JoinSet", async || {
            let mut set: JoinSet<()> = JoinSet::new();
            while set.join_next().await.is_some() {}
        }),
        opened(&bed, "TaskTracker", async || {
            let tracker = TaskTracker::new();
            tracker.close();
            tracker.wait().await;
        }),
        opened(&bed, "steadfast, nursery", async || {
            steadfast::nursery(async |_| {}).await
        }),
        opened(&bed, "steadfast, scope", async || {
            steadfast::scope(async |_| {}).await
        }),
    ]
}

async fn empty() {
    black_box(());
}

fn opened(bed: &Rc<Tokio>, name: &'static str, work: impl AsyncFn() + 'static) -> Contestant {
    super::spawn_join::on(bed, name, async move |_| {
        for _ in 0..TIMES {
            work().await;
        }
    })
}
