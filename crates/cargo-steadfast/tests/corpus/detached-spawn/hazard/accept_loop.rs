use tokio::net::TcpListener;

pub async fn serve(listener: TcpListener) -> std::io::Result<()> {
    loop {
        let (socket, peer) = listener.accept().await?;
        tokio::spawn(async move { //~ detached-spawn
            if let Err(error) = handle(socket).await {
                tracing::warn!(%peer, %error, "connection failed");
            }
        });
    }
}
