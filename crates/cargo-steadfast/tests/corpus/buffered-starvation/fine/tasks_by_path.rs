pub async fn all(jobs: Vec<Job>) {
    let mut results = stream::iter(jobs).map(Job::run).map(tokio::spawn).buffer_unordered(8);
    while let Some(result) = results.next().await {
        store(result).await;
    }
}
