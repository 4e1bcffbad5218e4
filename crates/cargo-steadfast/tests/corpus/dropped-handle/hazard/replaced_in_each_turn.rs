use tokio::task::JoinHandle;

pub async fn serve_the_last(mut rx: Receiver<Connection>) {
    let mut current = None;
    while let Some(connection) = rx.recv().await {
        current = Some(tokio::spawn(serve(connection))); //~ dropped-handle
    }
}

pub async fn serve_and_wait(mut rx: Receiver<Connection>) {
    let mut current: Option<JoinHandle<()>> = None;
    while let Some(connection) = rx.recv().await {
        current = Some(tokio::spawn(serve(connection))); //~ dropped-handle
    }
    if let Some(current) = current {
        let _ = current.await;
    }
}

pub async fn serve_some(mut rx: Receiver<Connection>) {
    let mut current = None;
    while let Some(connection) = rx.recv().await {
        if connection.is_wanted() {
            current = Some(tokio::spawn(serve(connection))); //~ dropped-handle
        }
    }
}
