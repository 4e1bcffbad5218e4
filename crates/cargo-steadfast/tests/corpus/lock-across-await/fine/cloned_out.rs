pub async fn broadcast(peers: &RwLock<Vec<Peer>>, event: Event) {
    let targets = peers.read().await.clone();
    for peer in targets {
        peer.send(&event).await;
    }
}
