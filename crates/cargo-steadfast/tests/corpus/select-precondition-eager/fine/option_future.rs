use futures::future::OptionFuture;

pub async fn run(mut rx: Receiver<Job>, mut current: Option<Running>) {
    loop {
        tokio::select! {
            Some(job) = rx.recv() => current = Some(job.start()),
            Some(_) = OptionFuture::from(current.as_mut()), if current.is_some() => current = None,
        }
    }
}
