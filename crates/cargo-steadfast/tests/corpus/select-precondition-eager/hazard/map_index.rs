pub async fn run(mut peers: HashMap<Id, Peer>, leader: Id, mut tick: Interval) {
    loop {
        tokio::select! {
            entry = replicate(&peers[&leader]), if peers.contains_key(&leader) => apply(entry), //~ select-precondition-eager
            _ = tick.tick() => elect(&mut peers),
        }
    }
}
