// A loop runs where it stands: before the race.

use std::time::Duration;

use steadfast::{flow, merge, race, sleep};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let mut sum = 0;
    race!(
        merge! {
            n in flow::iter(0..4) => sum += n,
        },
        sleep(Duration::from_secs(60)),
    )
    .await;
    assert_eq!(sum, 6);
}
