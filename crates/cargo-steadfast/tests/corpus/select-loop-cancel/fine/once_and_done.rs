pub async fn run(server: Server, stop: impl Future) {
    tokio::select! {
        result = server.run() => report(result),
        _ = stop => tracing::info!("stopping"),
    }
}

impl Server {
    async fn run(&self) -> Result<(), Error> {
        loop {
            let socket = self.listener.accept().await?;
            self.handle(socket).await;
        }
    }
}
