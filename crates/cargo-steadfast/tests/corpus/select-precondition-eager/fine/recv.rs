pub async fn run(mut rx: Receiver<Job>, mut running: JoinSet<()>) {
    loop {
        tokio::select! {
            Some(job) = rx.recv(), if running.len() < LIMIT => start(job),
            Some(done) = running.join_next(), if !running.is_empty() => finished(done),
        }
    }
}
