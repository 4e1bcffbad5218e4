use std::sync::Arc;
use tokio::sync::Semaphore;

pub async fn upload(parts: Vec<Part>) {
    let slots = Arc::new(Semaphore::new(4));
    for part in parts {
        let permit = slots.clone().acquire_owned().await.expect("it is open");
        tokio::spawn(async move {
            part.upload().await;
            drop(permit);
        });
    }
    let _ = slots.acquire_many(4).await;
}
