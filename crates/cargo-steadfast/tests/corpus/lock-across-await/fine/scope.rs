pub async fn run(queue: &Mutex<VecDeque<Job>>, db: &Db) {
    let job = {
        let mut queue = queue.lock().await;
        queue.pop_front()
    };
    db.store(job).await;
}
