use async_std::task;

pub fn start(peer: Peer) {
    task::spawn(async move { //~ detached-spawn
        peer.heartbeat().await;
    });
}
