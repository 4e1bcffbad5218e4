pub async fn start_all(workers: Vec<Worker>) {
    let mut handles = Vec::new();
    for worker in workers {
        handles.push(tokio::spawn(worker.run())); //~ dropped-handle
    }
    tracing::info!("{} workers", handles.len());
}
