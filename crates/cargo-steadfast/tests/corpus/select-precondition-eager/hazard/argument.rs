impl Worker {
    pub async fn step(&mut self) {
        tokio::select! {
            result = send(&self.socket, self.pending.front().unwrap()), if !self.pending.is_empty() => self.sent(result), //~ select-precondition-eager
            packet = self.socket.recv() => self.received(packet),
        }
    }
}
