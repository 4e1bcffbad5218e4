pub async fn run(job: Job, mut stop: Stop) {
    let mut task = tokio::spawn(job.run());
    tokio::select! {
        _ = &mut task => {}
        _ = stop.recv() => {
            task.abort();
            let _ = task.await;
        }
    }
}
