pub async fn run(mut rx: Receiver<Job>, db: Db, mut reload: Receiver<Config>) {
    loop {
        tokio::select! {
            _ = async { //~ select-loop-cancel
                if let Some(job) = rx.recv().await {
                    db.store(job).await;
                }
            } => {}
            Some(config) = reload.recv() => db.configure(config),
        }
    }
}
