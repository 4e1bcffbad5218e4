pub async fn run(mut rx: Receiver<Job>, mut current: Option<Running>) {
    loop {
        tokio::select! {
            Some(job) = rx.recv(), if current.is_none() => current = Some(job.start()),
            _ = current.as_mut().unwrap(), if current.is_some() => current = None, //~ select-precondition-eager
        }
    }
}
