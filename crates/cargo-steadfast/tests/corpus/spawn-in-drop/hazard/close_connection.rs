impl Drop for Connection {
    fn drop(&mut self) {
        let inner = self.inner.clone();
        tokio::spawn(async move { //~ spawn-in-drop
            let _ = inner.close().await;
        });
    }
}
