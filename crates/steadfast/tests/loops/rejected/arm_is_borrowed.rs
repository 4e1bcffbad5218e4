#[allow(unused_imports)] use steadfast::{flow, merge};

async fn run() {
    let mut operation = std::pin::pin!(async { 1 });
    merge! {
        _ in flow::iter(0..3) => {}
        n = &mut operation => println!("{n}"),
    }
    .await;
}

fn main() {
    drop(run());
}
