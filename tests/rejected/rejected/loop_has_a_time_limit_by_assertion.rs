// An assertion does not make a future of a loop that has ended.

use std::time::Duration;

use steadfast::{assert_cancel_safe, flow, merge, timeout};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let mut sum = 0;
    let ended = timeout(
        Duration::from_secs(60),
        assert_cancel_safe(merge! {
            n in flow::iter(0..4) => sum += n,
        }),
    )
    .await;
    assert!(ended.is_ok());
    assert_eq!(sum, 6);
}
