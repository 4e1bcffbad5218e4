use futures::FutureExt;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;

pub async fn poll(mut peer: BufReader<TcpStream>) {
    let mut line = String::new();
    while peer.read_line(&mut line).now_or_never().is_none() { //~ poll-cancel
        do_something_else().await;
    }
}
