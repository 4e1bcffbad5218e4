use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub async fn cleared_first(peer: &mut BufReader<TcpStream>) {
    let mut frame = Vec::new();
    loop {
        frame.clear();
        match timeout(LIMIT, peer.read_until(0, &mut frame)).await { //~ poll-cancel
            Ok(Ok(_)) => handle(&frame),
            Ok(Err(_)) => return,
            Err(_) => tracing::debug!("nothing yet"),
        }
    }
}

pub async fn cleared_last(peer: &mut BufReader<TcpStream>) {
    let mut frame = Vec::new();
    loop {
        if timeout(LIMIT, peer.read_until(0, &mut frame)).await.is_ok() { //~ poll-cancel
            handle(&frame);
        }
        frame.clear();
    }
}

pub async fn line(peer: &mut BufReader<TcpStream>) {
    let mut line = String::new();
    loop {
        line.clear();
        if timeout(LIMIT, peer.read_line(&mut line)).await.is_err() { //~ poll-cancel
            continue;
        }
        handle(&line);
    }
}

pub async fn made_anew(peer: &mut BufReader<TcpStream>) {
    loop {
        let mut frame = Vec::new();
        let Ok(Ok(_)) = timeout(LIMIT, peer.read_until(0, &mut frame)).await else { //~ poll-cancel
            continue;
        };
        handle(&frame);
    }
}

async fn frame(peer: &mut BufReader<TcpStream>) -> Vec<u8> {
    let mut frame = Vec::new();
    let _ = peer.read_until(0, &mut frame).await;
    frame
}

pub async fn own_function(peer: &mut BufReader<TcpStream>) {
    loop {
        if let Ok(frame) = timeout(LIMIT, frame(peer)).await { //~ poll-cancel
            handle(&frame);
        }
    }
}
