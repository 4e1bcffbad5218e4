pub async fn isolated(job: Job) -> Result<Output, JoinError> {
    tokio::spawn(async move { job.run().await }).await
}
