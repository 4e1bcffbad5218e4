pub async fn run(mut net: Net, mut stop: Stop) {
    loop {
        tokio::select! {
            packet = net.recv() => net.handle(packet),
            _ = tokio::time::sleep(PING_EVERY) => net.ping(), //~ timer-reset-in-loop
            _ = stop.recv() => break,
        }
    }
}
