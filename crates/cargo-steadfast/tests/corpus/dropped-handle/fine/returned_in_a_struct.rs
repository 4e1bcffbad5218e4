pub fn start(worker: Worker) -> Running {
    let handle = tokio::spawn(worker.run());
    let started = Instant::now();
    Running { handle, started }
}

pub struct Running {
    pub handle: tokio::task::JoinHandle<()>,
    started: Instant,
}
