#[allow(unused_imports)] use steadfast::{flow, merge};

async fn run() {
    let wanted = true;
    merge! {
        n in flow::iter(0..3), if wanted => println!("{n}"),
    }
    .await;
}

fn main() {
    drop(run());
}
