pub async fn close(mut conn: TcpStream) {
    let _ = tokio::time::timeout(LIMIT, conn.write_all(b"BYE")).await;
}
