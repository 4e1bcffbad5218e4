use tokio::time::timeout;

pub async fn stop(worker: Worker) {
    let draining = tokio::spawn(worker.drain()); //~ dropped-handle
    if timeout(LIMIT, draining).await.is_err() {
        tracing::warn!("the worker did not drain in time");
    }
}
