pub async fn main_loop(rx: Receiver<Event>) {
    let _ticker = tokio::spawn(tick()); //~ dropped-handle
    while let Some(event) = rx.recv().await {
        handle(event);
    }
}
