// The macro decides, and the handler returns.

use steadfast::{flow, merge};

macro_rules! is_at {
    ($limit:expr, $n:expr) => {
        $n == $limit
    };
}

async fn run(sum: &mut u32) {
    merge! {
        n in flow::iter(0..4) => {
            if is_at!(2, n) {
                return;
            }
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
