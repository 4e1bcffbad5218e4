#[allow(unused_imports)] use steadfast::{flow, merge};

async fn run() {
    merge! {
        Some(n) in flow::iter([Some(1), None]) => println!("{n}"),
    }
    .await;
}

fn main() {
    drop(run());
}
