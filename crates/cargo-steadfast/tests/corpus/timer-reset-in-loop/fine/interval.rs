pub async fn run(mut rx: Receiver<Item>, mut batch: Batch) {
    let mut tick = tokio::time::interval(PERIOD);
    loop {
        tokio::select! {
            Some(item) = rx.recv() => batch.push(item),
            _ = tick.tick() => batch.flush(),
        }
    }
}
