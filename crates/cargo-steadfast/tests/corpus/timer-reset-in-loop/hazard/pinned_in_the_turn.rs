pub async fn run(mut rx: Receiver<Item>, mut batch: Batch) {
    loop {
        let timer = tokio::time::sleep(PERIOD);
        tokio::pin!(timer);
        tokio::select! {
            Some(item) = rx.recv() => batch.push(item),
            _ = &mut timer => batch.flush(), //~ timer-reset-in-loop
        }
    }
}
