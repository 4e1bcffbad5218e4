impl Server {
    pub async fn stop(mut self) {
        self.task.abort(); //~ abort-no-join
        self.barrier.wait().await;
        self.stream.shutdown().await;
        let _ = tokio::time::timeout(LIMIT, self.peer.goodbye()).await;
    }
}
