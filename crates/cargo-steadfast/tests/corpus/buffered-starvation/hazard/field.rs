use futures::stream::{FuturesUnordered, StreamExt};

pub struct Gateway {
    requests: FuturesUnordered<BoxFuture<'static, Reply>>,
    out: Sender<Reply>,
}

impl Gateway {
    pub async fn drain(&mut self) {
        while let Some(reply) = self.requests.next().await { //~ buffered-starvation
            let _ = self.out.send(reply).await;
        }
    }
}
