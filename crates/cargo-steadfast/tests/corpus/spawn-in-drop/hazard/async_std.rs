use async_std::task;

impl Drop for Lease {
    fn drop(&mut self) {
        let client = self.client.clone();
        task::spawn(async move { client.revoke().await }); //~ spawn-in-drop
    }
}
