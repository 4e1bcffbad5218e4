pub struct Session(Queue, u32);

impl Session {
    fn farewell(&self) -> Farewell {
        Farewell(self.1)
    }
}

impl Farewell {
    pub async fn send(self) {
        tokio::spawn(write(self.0)).await.unwrap();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let farewell = self.farewell();
        self.0.push(Box::pin(async move { farewell.send().await }));
    }
}
