pub async fn run(mut rx: Receiver<Line>, mut file: Log) {
    loop {
        tokio::select! {
            Some(line) = rx.recv() => file.append(line),
            _ = async { tokio::time::sleep(ROTATE_EVERY).await } => file.rotate(), //~ timer-reset-in-loop
        }
    }
}
