pub async fn run(queue: &Mutex<VecDeque<Job>>, db: &Db) {
    let job = queue.lock().await.pop_front();
    db.store(job).await;
}
