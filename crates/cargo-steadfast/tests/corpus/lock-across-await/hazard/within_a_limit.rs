impl Client {
    pub async fn query(&self, text: &str) -> Result<Rows, Error> {
        let conn = tokio::time::timeout(LIMIT, self.conn.lock()).await?; //~ lock-across-await
        conn.query(text).await
    }
}
