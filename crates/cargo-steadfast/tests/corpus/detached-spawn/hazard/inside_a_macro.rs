pub async fn run(mut rx: Receiver<Job>, mut stop: Shutdown) {
    loop {
        tokio::select! {
            Some(job) = rx.recv() => {
                tokio::spawn(job.run()); //~ detached-spawn
            }
            _ = stop.recv() => return,
        }
    }
}
