impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}
