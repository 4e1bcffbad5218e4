pub async fn run(mut changes: Changes, mut state: watch::Receiver<State>) {
    loop {
        if tokio::time::timeout(LIMIT, state.changed()).await.is_err() {
            changes.refresh();
        }
    }
}
