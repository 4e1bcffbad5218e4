impl Drop for Listener {
    fn drop(&mut self) {
        unlisten(self.pool.clone()); //~ spawn-in-drop
    }
}

fn unlisten(pool: Pool) {
    tokio::spawn(async move { pool.execute("UNLISTEN *").await }); //~ detached-spawn
}
