impl Drop for Registration {
    fn drop(&mut self) {
        self.tasks.remove(&self.id);
        self.tracker.close();
    }
}
