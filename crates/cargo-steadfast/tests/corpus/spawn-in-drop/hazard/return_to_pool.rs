impl<DB: Database> Drop for PoolConnection<DB> {
    fn drop(&mut self) {
        if self.live.is_some() {
            crate::rt::spawn(self.return_to_pool()); //~ spawn-in-drop
        }
    }
}

mod rt {
    pub fn spawn<F: std::future::Future + Send + 'static>(future: F) -> tokio::task::JoinHandle<F::Output> {
        tokio::spawn(future)
    }
}
