use futures::stream::FuturesUnordered;

pub async fn query(peers: Vec<Peer>, out: Sender<Reply>) {
    let mut replies = FuturesUnordered::new();
    for peer in peers {
        replies.push(peer.ask());
    }
    while let Some(reply) = replies.next().await { //~ buffered-starvation
        let _ = out.send(reply).await;
    }
}
