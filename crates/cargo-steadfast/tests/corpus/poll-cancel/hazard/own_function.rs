pub struct Client {
    conn: Conn,
}

impl Client {
    async fn request(&mut self, body: &[u8]) -> io::Result<Reply> {
        self.conn.write_all(body).await?;
        let length = self.conn.read_u32().await?;
        Ok(Reply::new(length))
    }

    pub async fn ask(&mut self, body: &[u8]) -> Option<Reply> {
        match tokio::time::timeout(LIMIT, self.request(body)).await { //~ poll-cancel
            Ok(reply) => reply.ok(),
            Err(_) => None,
        }
    }
}
