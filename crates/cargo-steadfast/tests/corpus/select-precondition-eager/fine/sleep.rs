pub async fn run(mut rx: Receiver<Event>, deadline: Instant, armed: bool) {
    loop {
        tokio::select! {
            _ = tokio::time::sleep_until(deadline), if armed => return,
            Some(event) = rx.recv() => handle(event),
        }
    }
}
