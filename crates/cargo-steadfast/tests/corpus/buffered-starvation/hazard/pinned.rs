use futures::{StreamExt, stream};

pub async fn run(jobs: Vec<Job>, limits: &Limits) {
    let results = stream::iter(jobs).map(|job| job.run()).buffer_unordered(4);
    tokio::pin!(results);
    while let Some(result) = results.next().await { //~ buffered-starvation
        limits.acquire().await;
        report(result);
    }
}
