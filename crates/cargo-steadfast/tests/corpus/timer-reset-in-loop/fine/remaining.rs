pub async fn wait(mut events: Receiver<Event>, started: Instant) {
    loop {
        let remaining = LIMIT.saturating_sub(started.elapsed());
        tokio::select! {
            Some(event) = events.recv() => handle(event),
            _ = tokio::time::sleep(remaining) => return,
        }
    }
}
