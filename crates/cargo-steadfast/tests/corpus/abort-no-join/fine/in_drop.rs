impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
