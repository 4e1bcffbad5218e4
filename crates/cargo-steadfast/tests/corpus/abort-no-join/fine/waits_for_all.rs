impl Server {
    pub async fn stop(mut self) {
        self.accept_task.abort();
        self.tracker.close();
        self.tracker.wait().await;
    }

    pub async fn restart(&mut self) {
        self.first.abort();
        while self.tasks.join_next().await.is_some() {}
        self.first = self.tasks.spawn(accept());
    }

    pub async fn shutdown(&self) {
        self.import_task.abort();
        self.gate.close().await;
    }

    pub async fn close(mut self) {
        self.task.abort();
        let _ = tokio::time::timeout(LIMIT, self.task).await;
    }
}
