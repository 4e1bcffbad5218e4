pub async fn run(config: Config, mut rx: Receiver<Point>, mut sink: Sink) {
    let interval = std::time::Duration::from_millis(config.interval_ms);
    loop {
        tokio::select! {
            Some(point) = rx.recv() => sink.add(point),
            _ = tokio::time::sleep(interval) => sink.emit(), //~ timer-reset-in-loop
        }
    }
}
