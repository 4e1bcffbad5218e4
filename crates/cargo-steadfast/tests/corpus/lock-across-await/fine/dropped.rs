pub async fn run(queue: &Mutex<VecDeque<Job>>, db: &Db) {
    let mut queue = queue.lock().await;
    let job = queue.pop_front();
    drop(queue);
    db.store(job).await;
}
