pub async fn run(mut rx: Receiver<Item>, mut batch: Batch) {
    let sleep = tokio::time::sleep(PERIOD);
    tokio::pin!(sleep);
    loop {
        tokio::select! {
            Some(item) = rx.recv() => batch.push(item),
            _ = &mut sleep => return batch.flush(),
        }
    }
}
