use tokio::sync::{Mutex, mpsc};

pub async fn forward(last: &Mutex<u32>, out: mpsc::Sender<u32>) {
    if let Ok(last) = last.try_lock() { //~ lock-across-await
        out.send(*last).await.unwrap();
    }
}

pub async fn forward_or_not(last: &Mutex<u32>, out: mpsc::Sender<u32>) {
    let Ok(last) = last.try_lock() else { //~ lock-across-await
        return;
    };
    out.send(*last).await.unwrap();
}
