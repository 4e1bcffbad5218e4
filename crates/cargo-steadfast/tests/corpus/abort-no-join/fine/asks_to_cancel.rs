impl Upload {
    /// Asks it to end; `finished` tells when it has.
    pub fn cancel(&self) {
        self.task.abort();
    }
}
