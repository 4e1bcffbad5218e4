pub async fn run(job: Job, mut stop: Stop) {
    let task = tokio::spawn(job.run()); //~ dropped-handle
    tokio::select! {
        result = task => tracing::info!(?result, "done"),
        _ = stop.recv() => tracing::info!("stopping"),
    }
}
