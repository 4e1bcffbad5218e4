pub async fn hello(mut conn: TcpStream) -> Result<Hello, Error> {
    let mut header = [0; 4];
    tokio::time::timeout(LIMIT, conn.read_exact(&mut header)).await??;
    Ok(Hello::parse(&header))
}
