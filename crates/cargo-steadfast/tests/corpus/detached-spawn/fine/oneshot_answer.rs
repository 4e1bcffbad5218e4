use tokio::sync::oneshot;

pub async fn hash(password: String) -> Result<String, RecvError> {
    let (tx, rx) = oneshot::channel();
    tokio::spawn(async move {
        let _ = tx.send(slow_hash(password).await);
    });
    rx.await
}
