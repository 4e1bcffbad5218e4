pub async fn run(mut stop: Stop) {
    let ticker = tokio::spawn(tick());
    stop.recv().await;
    ticker.abort();
}
