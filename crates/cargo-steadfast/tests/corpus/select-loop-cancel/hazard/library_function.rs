pub async fn tunnel(mut left: Conn, mut right: Conn, mut stats: Interval) {
    loop {
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut left, &mut right) => return, //~ select-loop-cancel
            _ = stats.tick() => report(&left, &right),
        }
    }
}
