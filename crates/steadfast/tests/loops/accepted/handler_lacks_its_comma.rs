#[allow(unused_imports)] use steadfast::{flow, merge};

async fn run() {
    let mut all = Vec::new();
    merge! {
        n in flow::iter(0..3) => all.push(n),
        n in flow::iter(0..3) => all.push(n)
    }
    .await;
}

fn main() {
    drop(run());
}
