pub async fn finish(mode: Mode, log: Log) {
    let archive = tokio::spawn(log.archive()); //~ dropped-handle
    match mode {
        Mode::Clean => {
            let _ = archive.await;
        }
        Mode::Fast => tracing::info!("leaving"),
    }
}
