use tokio::task::JoinHandle;

pub struct Server {
    task: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(&mut self, listener: Listener) {
        self.task = Some(tokio::spawn(accept(listener)));
    }

    pub async fn close(&mut self) {
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}
