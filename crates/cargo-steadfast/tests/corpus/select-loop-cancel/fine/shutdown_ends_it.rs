pub async fn run(mut conn: TcpStream, mut stop: Stop) -> io::Result<()> {
    let mut header = [0; 8];
    loop {
        tokio::select! {
            result = conn.read_exact(&mut header) => result?,
            _ = stop.recv() => return Ok(()),
        };
        handle(&header);
    }
}
