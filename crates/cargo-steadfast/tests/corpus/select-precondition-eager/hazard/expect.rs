pub async fn run(mut timer: Option<Pin<Box<Sleep>>>, mut rx: Receiver<Event>) {
    loop {
        tokio::select! {
            _ = timer.as_mut().expect("armed"), if timer.is_some() => timer = None, //~ select-precondition-eager
            Some(event) = rx.recv() => handle(event),
        }
    }
}
