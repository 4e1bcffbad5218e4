use tokio_util::task::TaskTracker;

pub fn handle(tracker: &TaskTracker, connection: Connection) {
    tokio::spawn(tracker.track_future(async move {
        connection.serve().await;
    }));
}
