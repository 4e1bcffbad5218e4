// A future of its own takes part in a race, if dropping it loses nothing.

use std::time::Duration;

use steadfast::{assert_cancel_safe, flow, merge, race, sleep};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let mut sum = 0;
    race!(
        assert_cancel_safe(async {
            merge! {
                n in flow::iter(0..4) => sum += n,
            }
            .await;
        }),
        sleep(Duration::from_secs(60)),
    )
    .await;
    assert_eq!(sum, 6);
}
