pub async fn keep_up(mut ticks: tokio::time::Interval) {
    let mut worker = tokio::spawn(work());
    loop {
        ticks.tick().await;
        if worker.is_finished() {
            worker = tokio::spawn(work());
        }
        if done() {
            break;
        }
    }
    worker.await.unwrap();
}
