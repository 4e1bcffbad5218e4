// A loop runs where it stands: here before the limit is set.

use std::time::Duration;

use steadfast::{flow, merge, timeout};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let mut sum = 0;
    let ended = timeout(
        Duration::from_secs(60),
        merge! {
            n in flow::iter(0..4) => sum += n,
        },
    )
    .await;
    assert!(ended.is_ok());
    assert_eq!(sum, 6);
}
