use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    time::{Instant, timeout_at as by},
};

pub async fn heads(peer: &mut TcpStream, limit: Instant) {
    let mut head = [0; 2];
    if by(limit, peer.read_exact(&mut head)).await.is_err() { //~ poll-cancel
        note("the head is late");
    }
    peer.read_exact(&mut head).await.unwrap();
}
