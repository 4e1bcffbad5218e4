pub async fn finish(state: &Mutex<State>, db: &Db) {
    let row = db.load().await;
    let mut state = state.lock().await;
    state.row = row;
}
