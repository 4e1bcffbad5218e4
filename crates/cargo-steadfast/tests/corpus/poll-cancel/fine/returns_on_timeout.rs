pub async fn run(mut conn: TcpStream) {
    let mut header = [0; 4];
    loop {
        match tokio::time::timeout(LIMIT, conn.read_exact(&mut header)).await {
            Ok(Ok(_)) => handle(&header),
            Ok(Err(_)) | Err(_) => return,
        }
    }
}
