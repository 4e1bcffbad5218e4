use tokio::time::timeout;

pub async fn publish(tx: mpsc::Sender<Event>, events: Vec<Event>) {
    for event in events {
        if timeout(LIMIT, tx.send(event)).await.is_err() { //~ poll-cancel
            tracing::warn!("slow consumer");
        }
    }
}
