use tokio::task::JoinSet;

pub async fn shutdown(mut workers: JoinSet<()>, db: Db) {
    workers.abort_all(); //~ abort-no-join
    db.close().await;
}
