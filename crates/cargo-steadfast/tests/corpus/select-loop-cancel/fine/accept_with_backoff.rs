pub struct Listener {
    listener: TcpListener,
}

impl Listener {
    async fn accept(&mut self) -> io::Result<TcpStream> {
        loop {
            match self.listener.accept().await {
                Ok((socket, _)) => return Ok(socket),
                Err(error) => tracing::warn!(%error),
            }
            tokio::time::sleep(BACKOFF).await;
        }
    }

    pub async fn run(&mut self, mut reload: Receiver<Config>) {
        loop {
            tokio::select! {
                socket = self.accept() => serve(socket),
                Some(config) = reload.recv() => apply(config),
            }
        }
    }
}
