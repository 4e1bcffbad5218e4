pub async fn run(mut rx: Receiver<Event>, mut tick: Interval) {
    loop {
        tokio::select! {
            Some(event) = rx.recv() => handle(event),
            _ = tick.tick() => flush(),
        }
    }
}
