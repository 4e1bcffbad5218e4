pub async fn run(flush: impl Future + Unpin, mut rx: Receiver<Event>, mut pending: bool) {
    let mut flush = flush;
    loop {
        tokio::select! {
            _ = &mut flush, if pending => pending = false,
            Some(event) = rx.recv() => handle(event),
        }
    }
}
