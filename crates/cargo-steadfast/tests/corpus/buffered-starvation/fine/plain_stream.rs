pub async fn run(mut updates: ReceiverStream<Update>, db: &Db) {
    while let Some(update) = updates.next().await {
        db.apply(update).await;
    }
}
