use futures::stream::{FuturesOrdered, StreamExt};

pub async fn run(mut rx: Receiver<Batch>, out: Sender<Batch>) {
    let mut in_flight = FuturesOrdered::new();
    loop {
        tokio::select! {
            Some(batch) = rx.recv() => {
                let task = tokio::spawn(async move { transform(batch) });
                in_flight.push_back(task);
            }
            Some(done) = in_flight.next() => {
                let _ = out.send(done).await;
            }
        }
    }
}
