pub fn warm_up(pool: Pool) {
    drop(tokio::spawn(async move { pool.fill().await })); //~ detached-spawn
}
