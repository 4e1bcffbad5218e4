// `timeout` drops what it times, and nothing says that this loses nothing.

use std::time::Duration;

use steadfast::{timeout, yield_now};

async fn work() {
    yield_now().await;
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let ended = timeout(Duration::from_secs(60), work()).await;
    assert!(ended.is_ok());
}
