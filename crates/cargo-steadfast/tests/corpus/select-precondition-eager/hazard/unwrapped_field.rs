impl Conn {
    pub async fn run(&mut self) {
        while self.open {
            tokio::select! {
                frame = self.reader.as_mut().unwrap().next(), if self.reader.is_some() => self.on_frame(frame), //~ select-precondition-eager
                _ = self.ping.tick() => self.on_ping(),
            }
        }
    }
}
