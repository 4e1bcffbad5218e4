pub async fn run(mut rx: Receiver<Item>, start: Instant, limit: Duration) {
    loop {
        tokio::select! {
            Some(item) = rx.recv() => take(item),
            _ = tokio::time::sleep(limit - start.elapsed()), if start.elapsed() < limit => return, //~ select-precondition-eager
        }
    }
}
