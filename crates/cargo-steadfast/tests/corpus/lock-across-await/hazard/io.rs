use tokio::sync::Mutex;

pub async fn send(conn: &Mutex<TcpStream>, frame: &[u8]) -> io::Result<()> {
    let mut conn = conn.lock().await; //~ lock-across-await
    conn.write_all(frame).await
}
