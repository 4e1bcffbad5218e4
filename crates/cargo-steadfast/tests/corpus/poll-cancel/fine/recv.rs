pub async fn next(rx: &mut Receiver<Event>) -> Option<Event> {
    loop {
        match tokio::time::timeout(LIMIT, rx.recv()).await {
            Ok(event) => return event,
            Err(_) => tracing::debug!("still nothing"),
        }
    }
}
