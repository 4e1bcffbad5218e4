impl Upload {
    /// Asks it to end; `finished` tells when it has.
    pub fn cancel(&self) {
        self.task.abort();
    }

    pub async fn cancel_on_ctrl_c(self, task: AbortHandle) {
        ctrl_c().await;
        task.abort();
    }
}
