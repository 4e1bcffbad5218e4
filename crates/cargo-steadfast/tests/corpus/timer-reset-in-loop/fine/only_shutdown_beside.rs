pub async fn run(job: Job, mut stop: Stop) {
    loop {
        tokio::select! {
            _ = tokio::time::sleep(EVERY) => job.run(),
            _ = stop.recv() => return,
        }
    }
}
