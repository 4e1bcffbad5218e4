pub async fn run(mut rx: Receiver<Item>, mut queue: Queue) {
    loop {
        tokio::select! {
            Some(item) = rx.recv() => queue.push(item),
            _ = tokio::time::sleep(RETRY_INTERVAL) => queue.send_again(), //~ timer-reset-in-loop
        }
    }
}

impl Publisher {
    pub async fn run(&mut self) {
        loop {
            tokio::select! {
                Some(item) = self.rx.recv() => self.push(item),
                _ = tokio::time::sleep(self.config.flush_duration()) => self.flush(), //~ timer-reset-in-loop
            }
        }
    }
}
