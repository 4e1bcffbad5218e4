use futures::FutureExt;

pub struct Client {
    engine: Engine,
}

pub struct Engine {
    network: Option<Network>,
    acks: Acks,
}

pub struct Network {
    socket: TcpStream,
}

impl Network {
    async fn frame(&mut self, frame: &mut [u8]) -> Result<(), Error> {
        self.socket.read_exact(frame).await
    }
}

impl Engine {
    async fn turn(&mut self) -> Result<Frame, Error> {
        let network = self.network.as_mut().ok_or(Error::Closed)?;
        let mut frame = [0; 8];
        network.frame(&mut frame).await?;
        Ok(Frame(frame))
    }
}

impl Client {
    pub fn try_next(&mut self) -> Result<Frame, Error> {
        self.engine.turn().now_or_never().ok_or(Error::Empty)? //~ poll-cancel
    }
}
