use tokio::sync::mpsc;

pub async fn serve(listener: Listener) {
    let (shutdown_complete_tx, mut shutdown_complete_rx) = mpsc::channel::<()>(1);
    while let Some(socket) = listener.accept().await {
        let handler = Handler {
            socket,
            _shutdown_complete: shutdown_complete_tx.clone(),
        };
        tokio::spawn(async move {
            handler.run().await;
        });
    }
    drop(shutdown_complete_tx);
    let _ = shutdown_complete_rx.recv().await;
}
