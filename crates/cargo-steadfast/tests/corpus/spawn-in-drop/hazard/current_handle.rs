use tokio::runtime::Handle;

impl Drop for Session {
    fn drop(&mut self) {
        if let Ok(handle) = Handle::try_current() {
            let id = self.id;
            handle.spawn(async move { end_session(id).await }); //~ spawn-in-drop
        }
    }
}
