pub async fn once(mut rx: Receiver<Event>) -> Option<Event> {
    tokio::select! {
        event = rx.recv() => event,
        _ = tokio::time::sleep(LIMIT) => None,
    }
}
