pub struct Poller {
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Poller {
    pub fn configure(&mut self, config: Config) {
        if let Some(task) = self.task.take() {
            task.abort(); //~ abort-no-join
        }
        self.task = Some(tokio::spawn(poll(config)));
    }
}
