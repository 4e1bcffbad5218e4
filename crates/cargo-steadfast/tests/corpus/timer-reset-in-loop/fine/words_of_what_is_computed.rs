pub async fn run(mut rx: Receiver<Item>, mut queue: Queue) {
    loop {
        tokio::select! {
            Some(item) = rx.recv() => queue.push(item),
            _ = tokio::time::sleep(queue.retry_delay) => queue.send_again(),
        }
    }
}

pub async fn ping(mut rx: Receiver<Item>, peer: Peer) {
    loop {
        tokio::select! {
            Some(item) = rx.recv() => peer.send(item),
            _ = tokio::time::sleep(peer.next_ping()) => peer.ping(),
        }
    }
}
