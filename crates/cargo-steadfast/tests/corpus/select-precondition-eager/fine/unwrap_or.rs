pub async fn run(limit: Option<Duration>, mut rx: Receiver<Event>) {
    loop {
        tokio::select! {
            _ = idle(limit.unwrap_or(FOREVER)), if limit.is_some() => return,
            Some(event) = rx.recv() => handle(event),
        }
    }
}
