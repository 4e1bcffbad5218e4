pub async fn probe(conn: &mut TcpStream, stop: CancellationToken) -> Result<(), Error> {
    loop {
        let packet = next_packet();
        tokio::select! {
            written = tokio::time::timeout(LIMIT, conn.write_all(&packet)) => {
                match written {
                    Err(_timeout) => return Err(Error::TooSlow),
                    Ok(result) => result?,
                }
            }
            _ = stop.cancelled() => return Ok(()),
        }
    }
}
