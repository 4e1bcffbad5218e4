use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub async fn cleared_when_handled(peer: &mut BufReader<TcpStream>) {
    let mut frame = Vec::new();
    loop {
        match timeout(LIMIT, peer.read_until(0, &mut frame)).await {
            Ok(Ok(_)) => {
                handle(&frame);
                frame.clear();
            }
            Ok(Err(_)) => return,
            Err(_) => tracing::debug!("{} bytes so far", frame.len()),
        }
    }
}

pub async fn cleared_after_a_frame(peer: &mut BufReader<TcpStream>) {
    let mut frame = Vec::new();
    loop {
        let Ok(Ok(_)) = timeout(LIMIT, peer.read_until(0, &mut frame)).await else {
            continue;
        };
        handle(&frame);
        frame.clear();
    }
}

pub async fn in_the_head(peer: &mut BufReader<TcpStream>) {
    let mut frame = Vec::new();
    while timeout(LIMIT, peer.read_until(0, &mut frame)).await.is_err() {
        tracing::debug!("{} bytes so far", frame.len());
    }
    handle(&frame);
}

async fn more(peer: &mut BufReader<TcpStream>, frame: &mut Vec<u8>) {
    let _ = peer.read_until(0, frame).await;
}

pub async fn own_function(peer: &mut BufReader<TcpStream>) {
    let mut frame = Vec::new();
    while timeout(LIMIT, more(peer, &mut frame)).await.is_err() {
        tracing::debug!("{} bytes so far", frame.len());
    }
    handle(&frame);
}
