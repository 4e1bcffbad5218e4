pub async fn run(job: Job) {
    let progress = tokio::spawn(show_progress());
    job.run().await;
    progress.abort();
}
