impl Server {
    pub async fn stop(mut self) {
        self.accept_task.abort();
        self.expire_task.abort();
        let _ = tokio::join!(self.accept_task, self.expire_task);
    }
}
