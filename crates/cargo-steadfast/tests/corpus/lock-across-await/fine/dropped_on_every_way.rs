pub async fn run(queue: &Mutex<VecDeque<Job>>, db: &Db) -> Result<(), Error> {
    let mut queue = queue.lock().await;
    if queue.is_empty() {
        drop(queue);
        db.note_idle().await;
        return Ok(());
    }
    let job = queue.pop_front();
    drop(queue);
    db.store(job).await
}

pub async fn first_free(slots: &[Slot], state: &Mutex<State>, db: &Db) {
    let state = state.lock().await;
    loop {
        if state.is_free(slots) {
            drop(state);
            break;
        }
    }
    db.note_idle().await;
}
