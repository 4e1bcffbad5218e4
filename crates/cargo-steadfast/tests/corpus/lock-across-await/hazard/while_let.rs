pub async fn drain(queue: &Mutex<VecDeque<Job>>, db: &Db) {
    while let Some(job) = queue.lock().await.pop_front() { //~ lock-across-await
        db.store(job).await;
    }
}
