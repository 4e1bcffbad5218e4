use std::sync::Mutex;

pub async fn run(counter: &Mutex<u64>, api: &Api) {
    {
        *counter.lock().unwrap() += 1;
    }
    api.call().await;
}
