impl Drop for Cursor {
    fn drop(&mut self) {
        // The task that waits for this was started with the cursor, and `Client::shutdown` waits for it.
        if let Some(token) = self.drop_token.take() {
            token.spawn_registered(self.kill_cursor());
        }
    }
}
