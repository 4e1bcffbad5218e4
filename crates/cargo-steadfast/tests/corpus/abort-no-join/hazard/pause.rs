impl Player {
    pub fn pause(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort(); //~ abort-no-join
        }
        self.device.release();
    }

    pub fn cancel_upload(&mut self, id: u64) {
        if let Some(task) = self.uploads.remove(&id) {
            task.abort(); //~ abort-no-join
        }
        self.quota.give_back(id);
    }
}
