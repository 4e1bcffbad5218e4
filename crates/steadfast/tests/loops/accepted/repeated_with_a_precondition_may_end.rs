#[allow(unused_imports)] use steadfast::{flow, for_await, merge};

async fn run(mut left: u32) -> u32 {
    merge! {
        n in repeated(async || 1), if left > 0 => {
            left -= n;
            if left == 7 {
                break left;
            }
        }
        done => 0,
    }
    .await
}

fn main() {
    drop(run(3));
}
