impl Upload {
    pub async fn close(&mut self) {
        self.multipart.abort();
    }
}
