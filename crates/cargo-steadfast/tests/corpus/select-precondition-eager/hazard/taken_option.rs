pub async fn run(mut stop: Option<oneshot::Receiver<()>>, mut rx: Receiver<Event>) {
    loop {
        tokio::select! {
            _ = wait(stop.take()), if !rx.is_closed() => return, //~ select-precondition-eager
            Some(event) = rx.recv() => handle(event),
        }
    }
}
