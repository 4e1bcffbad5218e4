use tokio::{sync::mpsc, task::JoinHandle};

pub struct Worker {
    tx: mpsc::Sender<Job>,
    task: JoinHandle<()>,
}

fn start() -> (mpsc::Sender<Job>, JoinHandle<()>) {
    let (tx, rx) = mpsc::channel(8);
    (tx, tokio::spawn(work(rx)))
}

async fn connect() -> Result<(mpsc::Sender<Job>, JoinHandle<()>), Error> {
    let (tx, rx) = mpsc::channel(8);
    let peer = Peer::open().await?;
    let driver = tokio::spawn(peer.drive(rx));
    Ok((tx, driver))
}

fn watch(paths: Paths) -> (mpsc::Receiver<Change>, JoinHandle<()>) {
    let (tx, rx) = mpsc::channel(8);
    let task = tokio::spawn(async move { paths.report(tx).await });
    (rx, task)
}

pub async fn awaited(job: Job) {
    let (tx, worker) = start();
    let _ = tx.send(job).await;
    drop(tx);
    let _ = worker.await;
}

pub async fn awaited_part(job: Job) {
    let worker = start();
    let _ = worker.0.send(job).await;
    let _ = worker.1.await;
}

pub async fn taken_apart_later(job: Job) {
    let worker = start();
    let (tx, task) = worker;
    let _ = tx.send(job).await;
    let _ = task.await;
}

pub async fn aborted(job: Job) -> Result<(), Error> {
    let (tx, driver) = connect().await?;
    let sent = tx.send(job).await;
    driver.abort();
    sent?;
    Ok(())
}

pub fn kept() -> Worker {
    let (tx, task) = start();
    Worker { tx, task }
}

pub fn handed_on() -> (JoinHandle<()>, mpsc::Sender<Job>) {
    let (tx, task) = start();
    (task, tx)
}

// The task ends before its channel does.
pub async fn drained(paths: Paths) {
    let (mut changes, _task) = watch(paths);
    while let Some(change) = changes.recv().await {
        note(change);
    }
}

impl Worker {
    pub async fn stop(self) {
        drop(self.tx);
        let _ = self.task.await;
    }
}
