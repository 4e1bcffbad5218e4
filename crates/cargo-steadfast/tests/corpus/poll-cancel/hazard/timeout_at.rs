pub async fn collect(conn: &mut TcpStream, deadline: Instant) -> Vec<u8> {
    let mut body = Vec::new();
    let _ = tokio::time::timeout_at(deadline, conn.read_to_end(&mut body)).await; //~ poll-cancel
    let _ = conn.write_all(b"thanks").await;
    body
}
