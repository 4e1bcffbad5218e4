pub async fn run(state: &Mutex<State>, db: &Db) {
    if state.lock().await.is_dirty() {
        db.flush().await;
    }
}
