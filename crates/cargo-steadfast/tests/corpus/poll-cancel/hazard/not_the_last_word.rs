impl Client {
    pub async fn close_channel(&mut self, id: u64) -> Result<(), Error> {
        let _ = timeout(LIMIT, self.stream.write_all(&close(id))).await; //~ poll-cancel
        self.stream.write_all(&flush(id)).await
    }

    pub async fn ping(&mut self) {
        let _ = timeout(LIMIT, self.stream.write_all(b"PING")).await; //~ poll-cancel
    }
}
