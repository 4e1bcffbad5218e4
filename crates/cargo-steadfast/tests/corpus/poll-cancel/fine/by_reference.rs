pub async fn run(mut conn: TcpStream) {
    let mut header = [0; 4];
    let read = conn.read_exact(&mut header);
    tokio::pin!(read);
    while tokio::time::timeout(LIMIT, &mut read).await.is_err() {
        tracing::debug!("nothing yet");
    }
}
