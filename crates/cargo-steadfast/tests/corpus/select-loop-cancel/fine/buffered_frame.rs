pub struct Connection {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Connection {
    async fn read_frame(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.parse_frame()? {
                return Ok(Some(frame));
            }
            if 0 == self.stream.read_buf(&mut self.buffer).await? {
                return Ok(None);
            }
        }
    }

    pub async fn run(&mut self, mut commands: Receiver<Command>) -> io::Result<()> {
        loop {
            tokio::select! {
                frame = self.read_frame() => self.handle(frame?),
                Some(command) = commands.recv() => self.apply(command),
            }
        }
    }
}
