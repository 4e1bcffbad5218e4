use tokio::sync::{Mutex, mpsc};

pub async fn worker(rx: Arc<Mutex<mpsc::Receiver<Job>>>) {
    loop {
        let job = rx.lock().await.recv().await; //~ lock-across-await
        run(job);
    }
}
