pub async fn pump(stream: &mut TcpStream, mut buffer: BytesMut, mut frames: Receiver<Frame>) -> io::Result<()> {
    loop {
        tokio::select! {
            result = stream.write_all_buf(&mut buffer), if !buffer.is_empty() => result?,
            Some(frame) = frames.recv() => buffer.extend(frame.encode()),
        }
    }
}
