use tokio::task::JoinSet;

pub struct Server {
    tasks: JoinSet<()>,
}

impl Server {
    pub async fn shutdown(mut self) {
        self.tasks.abort_all();
        self.run_until_done().await;
    }

    async fn run_until_done(mut self) {
        while let Some(ended) = self.tasks.join_next().await {
            note(ended);
        }
    }
}
