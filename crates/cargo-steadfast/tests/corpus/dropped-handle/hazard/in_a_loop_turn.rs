pub async fn poll(mut rx: Receiver<Request>) {
    while let Some(request) = rx.recv().await {
        let lookup = tokio::spawn(lookup(request.key)); //~ dropped-handle
        if request.is_cancelled() {
            continue;
        }
        let _ = request.reply(lookup.await);
    }
}
