pub async fn check(mut conn: TcpStream) {
    let mut header = [0; 4];
    tokio::time::timeout(LIMIT, conn.read_exact(&mut header)).await.expect("in time").unwrap();
    tokio::time::timeout(LIMIT, conn.read_exact(&mut header)).await.unwrap().unwrap();
}
