use futures::stream::{FuturesUnordered, StreamExt};

pub async fn fastest(peers: Vec<Peer>, log: &Log) -> Option<Reply> {
    let mut asked: FuturesUnordered<_> = peers.into_iter().map(Peer::ask).collect();
    let first = asked.next().await;
    drop(asked);
    log.write(&first).await;
    first
}
