use tokio::sync::{Mutex, mpsc};

pub async fn forward(last: &Mutex<u32>, out: mpsc::Sender<u32>) {
    let Ok(last) = last.try_lock() else {
        return;
    };
    let value = *last;
    drop(last);
    out.send(value).await.unwrap();
}
