impl Server {
    pub fn stop(self) -> JoinHandle<()> {
        let task = self.task;
        task.abort();
        return task;
    }
}
