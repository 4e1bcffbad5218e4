pub async fn work(queue: &mut Queue, db: &Db) {
    loop {
        let result = tokio::time::timeout(LIMIT, step(queue, db)).await; //~ poll-cancel
        tracing::debug!(?result);
    }
}

async fn step(queue: &mut Queue, db: &Db) {
    if let Some(job) = queue.recv().await {
        db.store(job).await;
    }
}
