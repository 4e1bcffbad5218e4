use tokio::task::JoinHandle;

pub struct Client {
    tx: mpsc::Sender<Command>,
    _task: JoinHandle<()>,
}

impl Client {
    pub fn start(connection: Connection) -> Self {
        let (tx, rx) = mpsc::channel(8);
        let task = tokio::spawn(connection.run(rx)); //~ dropped-handle
        Self { tx, _task: task }
    }
}

pub struct Probe {
    limit: Duration,
    worker: Option<JoinHandle<()>>,
}

impl Probe {
    pub fn arm(&mut self) {
        let worker = tokio::spawn(probe(self.limit)); //~ dropped-handle
        self.worker = Some(worker);
    }
}
