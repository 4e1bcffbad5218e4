#[allow(unused_imports)] use steadfast::{flow, merge};

async fn run() {
    merge! {
        n in flow::iter([Some(1), None]) => if let Some(n) = n { println!("{n}") },
    }
    .await;
}

fn main() {
    drop(run());
}
