pub async fn publish(peers: &RwLock<HashMap<Id, Sender<Event>>>, event: Event) {
    let peers = peers.read().await; //~ lock-across-await
    for tx in peers.values() {
        let _ = tx.send(event.clone()).await;
    }
}
