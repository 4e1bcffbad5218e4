pub async fn serve(listener: TcpListener, mut stats: Interval) {
    loop {
        let mut conn = next(&listener);
        let mut header = [0; 4];
        tokio::select! {
            _ = conn.read_exact(&mut header) => greet(&header),
            _ = stats.tick() => tracing::info!("nobody said hello"),
        }
    }
}
