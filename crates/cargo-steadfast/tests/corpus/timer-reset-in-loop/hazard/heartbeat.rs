impl Session {
    pub async fn run(&mut self) -> Result<(), Error> {
        loop {
            tokio::select! {
                message = self.inbox.recv() => self.handle(message)?,
                _ = tokio::time::sleep(self.heartbeat_interval) => self.send_heartbeat()?, //~ timer-reset-in-loop
            }
        }
    }
}
