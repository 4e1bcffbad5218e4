use tokio::task::JoinSet;

pub struct Server {
    tasks: JoinSet<()>,
    log: Log,
}

impl Server {
    pub async fn shutdown(mut self) {
        self.tasks.abort_all(); //~ abort-no-join
        self.flush().await;
    }

    async fn flush(&mut self) {
        self.log.flush().await;
    }
}
