impl Drop for Writer {
    fn drop(&mut self) {
        let file = self.file.take();
        let flush = tokio::spawn(async move { flush(file).await }); //~ spawn-in-drop
        tracing::debug!(id = %flush.id(), "flushing");
    }
}
