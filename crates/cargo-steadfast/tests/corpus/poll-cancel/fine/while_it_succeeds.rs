use std::time::Duration;
use tokio::{io::AsyncReadExt, net::TcpStream, time::timeout};

pub async fn frames(mut peer: TcpStream) {
    let mut frame = [0; 16];
    while let Ok(Ok(_)) = timeout(Duration::from_secs(1), peer.read_exact(&mut frame)).await {
        handle(&frame);
    }
}
