use futures::stream::{FuturesUnordered, StreamExt};

pub async fn run(mut jobs: impl Iterator<Item = Job>) {
    let mut running: FuturesUnordered<_> = jobs.by_ref().take(8).map(Job::run).collect();
    while running.next().await.is_some() {
        if let Some(job) = jobs.next() {
            running.push(job.run());
        }
    }
}
