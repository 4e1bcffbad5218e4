use tokio::runtime::Handle;

pub struct Exporter {
    handle: Handle,
}

impl Exporter {
    pub fn export(&self, batch: Batch) {
        self.handle.spawn(async move { //~ detached-spawn
            send(batch).await;
        });
    }
}
