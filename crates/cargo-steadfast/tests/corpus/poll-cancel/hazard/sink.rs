pub struct Peer {
    sink: SplitSink<Socket, Message>,
    slow: usize,
}

impl Peer {
    pub async fn push(&mut self, message: Message) {
        let sent = tokio::time::timeout(LIMIT, self.sink.send(message)).await; //~ poll-cancel
        if sent.is_err() {
            self.slow += 1;
        }
    }
}
