use tokio::time::timeout;

pub async fn run(mut conn: TcpStream) {
    let mut header = [0; 4];
    loop {
        match timeout(LIMIT, conn.read_exact(&mut header)).await { //~ poll-cancel
            Ok(Ok(_)) => handle(&header),
            Ok(Err(_)) => return,
            Err(_) => tracing::debug!("nothing yet"),
        }
    }
}
