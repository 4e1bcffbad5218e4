pub async fn run(mut rx: Receiver<Event>, enabled: bool, probe: Probe) {
    loop {
        tokio::select! {
            _ = tokio::spawn(probe.clone().run()), if enabled => {} //~ select-precondition-eager dropped-handle
            Some(event) = rx.recv() => handle(event),
        }
    }
}
