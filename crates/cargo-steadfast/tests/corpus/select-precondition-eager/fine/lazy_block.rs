pub async fn run(mut rx: Receiver<Job>, mut current: Option<Running>) {
    loop {
        tokio::select! {
            Some(job) = rx.recv(), if current.is_none() => current = Some(job.start()),
            _ = async { current.as_mut().unwrap().await }, if current.is_some() => current = None,
        }
    }
}
