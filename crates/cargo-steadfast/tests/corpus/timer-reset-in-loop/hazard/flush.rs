use tokio::time::{Duration, sleep};

pub async fn run(mut rx: Receiver<Item>, mut batch: Batch) {
    loop {
        tokio::select! {
            Some(item) = rx.recv() => batch.push(item),
            _ = sleep(Duration::from_secs(1)) => batch.flush(), //~ timer-reset-in-loop
        }
    }
}
