pub async fn run(mut api: Api, tries: &AtomicUsize, mut rx: Receiver<Event>) {
    loop {
        tokio::select! {
            reply = api.call(tries.fetch_add(1, Ordering::Relaxed)), if api.is_ready() => handle(reply), //~ select-precondition-eager
            Some(event) = rx.recv() => apply(event),
        }
    }
}
