pub struct Server {
    task: JoinHandle<()>,
    socket: PathBuf,
}

impl Server {
    pub async fn stop(self) {
        self.task.abort(); //~ abort-no-join
        let _ = std::fs::remove_file(&self.socket);
    }
}
