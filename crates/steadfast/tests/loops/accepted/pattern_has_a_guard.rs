#[allow(unused_imports)] use steadfast::flow::iter;
#[allow(unused_imports)] use steadfast::{Flow, merge};

#[tokio::main]
async fn main() {
    merge! {
        n in iter(0..3).filter(|n| *n > 1) => println!("{n}"),
    }
    .await;
}
