pub async fn dispatch(event: Event, db: Db) {
    match event {
        Event::Insert(row) => db.insert(row).await,
        Event::Vacuum => {
            tokio::spawn(async move { db.vacuum().await }); //~ detached-spawn
        }
    }
}
