pub async fn push(stream: &mut TcpStream, frame: &[u8]) -> io::Result<()> {
    if tokio::time::timeout(LIMIT, stream.write_all(frame)).await.is_ok() { //~ poll-cancel
        return Ok(());
    }
    stream.write_all(frame).await
}
