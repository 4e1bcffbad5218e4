impl Poller {
    pub async fn restart(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
        self.task = Some(tokio::spawn(poll()));
    }
}
