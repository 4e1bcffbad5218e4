#[allow(unused_imports)] use steadfast::{flow, merge};

async fn run() -> u32 {
    merge! {
        n in flow::iter(0..3) => {
            if n == 1 {
                break n;
            }
        }
        done => 0,
    }
    .await
}

fn main() {
    drop(run());
}
