use tokio::task::JoinHandle;

pub fn start(worker: Worker) -> JoinHandle<()> {
    tokio::spawn(async move { worker.run().await })
}
