use futures::stream::{FuturesUnordered, StreamExt};

pub async fn run(jobs: Vec<Job>, db: &Db) {
    let mut tasks = FuturesUnordered::new();
    for job in jobs {
        tasks.push(tokio::spawn(job.run()));
    }
    while let Some(done) = tasks.next().await {
        db.log(done).await;
    }
}
