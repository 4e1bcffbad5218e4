// A macro that is not known runs in a future of its own, which its `return` would leave, and not the function.

use steadfast::{flow, merge};

macro_rules! stop_at {
    ($limit:expr, $n:expr) => {
        if $n == $limit {
            return;
        }
    };
}

async fn run(sum: &mut u32) {
    merge! {
        n in flow::iter(0..4) => {
            stop_at!(2, n);
            *sum += n;
        }
    }
    .await;
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let mut sum = 0;
    run(&mut sum).await;
    assert_eq!(sum, 1);
}
