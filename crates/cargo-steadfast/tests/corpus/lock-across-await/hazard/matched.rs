use tokio::sync::{Mutex, mpsc};

pub async fn forward(last: &Mutex<u32>, out: mpsc::Sender<u32>) {
    let last = match last.try_lock() { //~ lock-across-await
        Ok(last) => last,
        Err(_) => return,
    };
    out.send(*last).await.unwrap();
}
