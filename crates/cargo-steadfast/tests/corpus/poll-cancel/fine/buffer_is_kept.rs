pub async fn fill(stream: &mut TcpStream, buffer: &mut BytesMut) -> bool {
    loop {
        match tokio::time::timeout(LIMIT, stream.read_buf(buffer)).await {
            Ok(_) => return true,
            Err(_) => tracing::debug!("{} bytes so far", buffer.len()),
        }
    }
}
