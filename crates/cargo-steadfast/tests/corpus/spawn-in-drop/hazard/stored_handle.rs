use tokio::runtime::Handle;

pub struct Container {
    runtime: Handle,
    id: String,
}

impl Drop for Container {
    fn drop(&mut self) {
        let id = std::mem::take(&mut self.id);
        self.runtime.spawn(async move { //~ spawn-in-drop
            remove_container(&id).await;
        });
    }
}
