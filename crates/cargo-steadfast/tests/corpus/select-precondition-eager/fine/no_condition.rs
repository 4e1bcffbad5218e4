pub async fn run(mut timer: Option<Pin<Box<Sleep>>>, mut rx: Receiver<Event>) {
    if timer.is_some() {
        tokio::select! {
            _ = timer.as_mut().unwrap() => {}
            Some(event) = rx.recv() => handle(event),
        }
    }
}
