pub async fn pump(stream: &mut TcpStream, mut frames: Frames, mut pings: Interval) -> io::Result<()> {
    loop {
        let frame = frames.front();
        tokio::select! {
            result = stream.write_all(frame) => result?, //~ select-loop-cancel
            _ = pings.tick() => frames.push_ping(),
        }
    }
}
