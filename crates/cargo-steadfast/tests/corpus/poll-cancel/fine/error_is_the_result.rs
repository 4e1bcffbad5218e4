pub async fn hello(conn: &mut TcpStream, header: &mut [u8; 4]) -> Result<(), Error> {
    match tokio::time::timeout(LIMIT, conn.read_exact(header)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Error::TooLate),
    }
}
