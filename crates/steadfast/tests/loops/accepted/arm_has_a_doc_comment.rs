#[allow(unused_imports)] use steadfast::{flow, for_await, merge};

async fn run() {
    merge! {
        // Numbers.
        n in flow::iter(0..3) => println!("{n}"),
    }
    .await;
}

fn main() {
    drop(run());
}
