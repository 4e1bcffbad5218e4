use tokio_util::task::TaskTracker;

pub async fn serve(listener: Listener) {
    let tracker = TaskTracker::new();
    while let Some(connection) = listener.accept().await {
        tracker.spawn(handle(connection));
    }
    tracker.close();
    tracker.wait().await;
}
