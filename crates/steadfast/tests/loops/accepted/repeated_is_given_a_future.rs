#[allow(unused_imports)] use std::time::Duration;
#[allow(unused_imports)] use steadfast::{merge, sleep};

#[tokio::main]
async fn main() {
    merge! {
        repeated(|| sleep(Duration::from_millis(1))) => break,
    }
    .await;
}
