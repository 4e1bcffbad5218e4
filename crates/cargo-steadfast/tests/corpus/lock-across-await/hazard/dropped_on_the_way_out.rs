pub async fn run(queue: &Mutex<VecDeque<Job>>, db: &Db) -> Result<(), Error> {
    let mut queue = queue.lock().await; //~ lock-across-await
    if queue.is_empty() {
        drop(queue);
        return Ok(());
    }
    db.store(queue.pop_front()).await
}
