pub struct Offload {
    task: std::sync::Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Offload {
    pub fn terminate(&self) {
        if let Some(task) = self.task.lock().unwrap().take() {
            task.abort(); //~ abort-no-join
        }
    }
}
