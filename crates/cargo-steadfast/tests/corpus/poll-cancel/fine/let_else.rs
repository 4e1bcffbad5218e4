pub async fn run(mut conn: TcpStream) -> Option<()> {
    let mut header = [0; 4];
    loop {
        let Ok(Ok(_)) = tokio::time::timeout(LIMIT, conn.read_exact(&mut header)).await else {
            return None;
        };
        handle(&header);
    }
}
