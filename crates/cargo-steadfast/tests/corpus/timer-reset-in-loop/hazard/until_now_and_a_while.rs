use tokio::time::{Instant, sleep_until};

pub async fn run(mut rx: Receiver<Item>, mut batch: Batch) {
    loop {
        tokio::select! {
            Some(item) = rx.recv() => batch.push(item),
            _ = sleep_until(Instant::now() + EVERY) => batch.flush(), //~ timer-reset-in-loop
        }
    }
}
