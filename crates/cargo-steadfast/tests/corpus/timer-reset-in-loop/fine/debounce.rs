pub async fn watch(mut changes: Receiver<Path>, debounce: Duration) {
    let mut pending = Vec::new();
    loop {
        tokio::select! {
            Some(path) = changes.recv() => pending.push(path),
            _ = tokio::time::sleep(debounce) => rebuild(&mut pending),
        }
    }
}
