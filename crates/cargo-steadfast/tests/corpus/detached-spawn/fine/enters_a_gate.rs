pub fn start(self: Arc<Service>) {
    let this = self.clone();
    tokio::spawn(async move {
        // Shutdown closes the gate, and waits for whoever is in it.
        if let Ok(_guard) = this.gate.enter() {
            this.process().await;
        }
    });
}
