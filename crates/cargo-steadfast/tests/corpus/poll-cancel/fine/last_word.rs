impl Client {
    pub async fn close(&mut self) {
        let _ = timeout(LIMIT, self.ws_sender.send(Message::Close(None))).await;
    }

    pub async fn shutdown(&mut self, reason: Reason) -> Result<(), Error> {
        self.open = false;
        if timeout(LIMIT, self.stream.write_all(reason.bytes())).await.is_err() {
            tracing::warn!("no goodbye");
        }
        self.stream.shutdown().await
    }
}

pub async fn disconnect(stream: &mut TcpStream) {
    let _ = timeout(LIMIT, stream.write_all(b"BYE")).await;
}
