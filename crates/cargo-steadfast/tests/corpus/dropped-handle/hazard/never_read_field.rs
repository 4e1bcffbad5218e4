use tokio::task::JoinHandle;

pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    pub fn start(listener: Listener) -> Self {
        let address = listener.address();
        Self {
            address,
            task: tokio::spawn(accept(listener)), //~ dropped-handle
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
