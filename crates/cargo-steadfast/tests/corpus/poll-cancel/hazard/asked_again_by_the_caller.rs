use futures::FutureExt;

pub struct Session {
    link: Link,
}

pub struct Link {
    socket: TcpStream,
    acks: Sender<u32>,
}

impl Link {
    async fn step(&mut self) -> Result<u32, Error> {
        let packet = self.socket.read_u32().await?;
        self.acks.send(packet).await?;
        Ok(packet)
    }
}

impl Session {
    pub fn poll_once(&mut self) -> Result<u32, Error> {
        let step = self.link.step();
        step.now_or_never().ok_or(Error::Empty)? //~ poll-cancel
    }
}
