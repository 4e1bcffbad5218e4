use tokio::sync::Mutex;

pub async fn next(queue: &Mutex<Queue>, mut stop: Receiver<()>) {
    tokio::select! {
        mut queue = queue.lock() => {
            let job = queue.pop();
            drop(queue);
            run(job).await;
        }
        _ = stop.recv() => bye().await,
    }
}
