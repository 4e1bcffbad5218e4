pub async fn run(mut inner: Option<Inner>, mut rx: Receiver<Event>) {
    loop {
        tokio::select! {
            item = std::future::poll_fn(|cx| inner.as_mut().unwrap().poll(cx)), if inner.is_some() => handle(item),
            Some(event) = rx.recv() => apply(event),
        }
    }
}
