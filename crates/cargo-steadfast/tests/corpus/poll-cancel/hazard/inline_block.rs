pub async fn poll(rx: &mut Receiver<Job>, db: &Db) {
    loop {
        let turn = tokio::time::timeout(LIMIT, async { //~ poll-cancel
            let job = rx.recv().await;
            db.store(job).await;
        });
        let _ = turn.await;
    }
}
