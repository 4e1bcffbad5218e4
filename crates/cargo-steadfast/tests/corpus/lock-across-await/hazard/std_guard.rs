use std::sync::Mutex;

pub async fn refresh(cache: &Mutex<Cache>, db: &Db) {
    let mut cache = cache.lock().unwrap(); //~ lock-across-await
    cache.rows = db.load().await;
}
