use futures::stream::{FuturesUnordered, StreamExt};

pub async fn run(mut rx: Receiver<Request>, db: Db) {
    let mut running = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(request) = rx.recv() => running.push(answer(request)),
            Some(reply) = running.next() => db.log(reply).await, //~ buffered-starvation
        }
    }
}
