#[allow(unused_imports)] use steadfast::{flow, merge};

async fn run() {
    let operation = async { 1 };
    merge! {
        _ in flow::iter(0..3) => {}
        n = once(operation) => println!("{n}"),
    }
    .await;
}

use steadfast::flow::once;

fn main() {
    drop(run());
}
