use tokio::task::AbortHandle;

pub struct Subscription {
    reader: AbortHandle,
}

impl Subscription {
    pub async fn close(&mut self) {
        self.reader.abort(); //~ abort-no-join
    }
}
