use futures::FutureExt;
use tokio::sync::mpsc;

pub struct Session {
    packets: mpsc::Receiver<Packet>,
}

impl Session {
    pub fn poll_once(&mut self) -> Result<Packet, Error> {
        let next = self.packets.recv();
        next.now_or_never().flatten().ok_or(Error::Empty)
    }
}
