// Three ways to say what may happen to the work.

use std::time::Duration;

use steadfast::{FutureExt, assert_cancel_safe, timeout, with_deadline, yield_now};

async fn work() {
    yield_now().await;
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let minute = Duration::from_secs(60);
    let ended = timeout(minute, assert_cancel_safe(work())).await;
    assert!(ended.is_ok());
    let ended = timeout(minute, work().or_cancelled()).await;
    assert!(matches!(ended, Ok(Ok(()))));
    with_deadline(minute, work()).await;
}
