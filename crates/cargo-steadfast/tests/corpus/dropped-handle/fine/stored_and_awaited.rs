use tokio::task::JoinHandle;

pub struct Client {
    tx: mpsc::Sender<Command>,
    reader: JoinHandle<()>,
}

impl Client {
    pub fn start(connection: Connection) -> Self {
        let (tx, rx) = mpsc::channel(8);
        let task = tokio::spawn(connection.run(rx));
        Self { tx, reader: task }
    }

    pub async fn close(self) {
        drop(self.tx);
        let _ = self.reader.await;
    }
}
