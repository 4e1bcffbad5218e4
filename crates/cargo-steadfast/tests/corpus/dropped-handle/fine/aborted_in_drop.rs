use tokio::task::JoinHandle;

pub struct Watcher {
    task: JoinHandle<()>,
}

impl Watcher {
    pub fn start(path: PathBuf) -> Self {
        Self {
            task: tokio::spawn(watch(path)),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}
