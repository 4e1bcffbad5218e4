pub async fn run(job: Job, mut shutdown: watch::Receiver<bool>) {
    loop {
        job.run().await;
        tokio::select! {
            _ = shutdown.changed() => {
                if *shutdown.borrow() {
                    break;
                }
            }
            _ = tokio::time::sleep(EVERY) => {}
        }
    }
}
