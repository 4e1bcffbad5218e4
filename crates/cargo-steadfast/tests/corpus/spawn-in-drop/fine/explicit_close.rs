impl Connection {
    pub async fn close(mut self) -> Result<(), Error> {
        self.socket.shutdown().await?;
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        debug_assert!(self.closed, "a connection is closed before it is dropped");
    }
}
