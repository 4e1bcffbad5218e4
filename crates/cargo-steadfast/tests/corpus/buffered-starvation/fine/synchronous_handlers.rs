use futures::stream::{FuturesUnordered, StreamExt};

pub async fn run(mut rx: Receiver<Request>, mut log: Log) {
    let mut running = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(request) = rx.recv() => running.push(answer(request)),
            Some(reply) = running.next() => log.push(reply),
        }
    }
}
