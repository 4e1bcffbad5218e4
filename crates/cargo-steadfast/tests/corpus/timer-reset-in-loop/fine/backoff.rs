pub async fn connect(mut changes: Changes) {
    let mut backoff = Duration::from_millis(100);
    loop {
        tokio::select! {
            _ = changes.next() => reconnect(),
            _ = tokio::time::sleep(backoff) => backoff *= 2,
        }
    }
}
