pub async fn run(state: &std::sync::Mutex<State>, mut rx: Receiver<Event>, busy: bool) {
    loop {
        tokio::select! {
            _ = wait_for(state.lock().unwrap().generation()), if busy => {}
            Some(event) = rx.recv() => handle(event),
        }
    }
}
