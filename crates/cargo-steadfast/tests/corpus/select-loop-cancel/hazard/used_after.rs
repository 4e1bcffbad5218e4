pub async fn handshake(mut conn: TcpStream, mut stop: Stop) -> io::Result<()> {
    let mut hello = [0; 4];
    tokio::select! {
        result = conn.read_exact(&mut hello) => drop(result), //~ select-loop-cancel
        _ = stop.recv() => tracing::info!("no hello yet"),
    }
    conn.write_all(b"BYE").await
}
