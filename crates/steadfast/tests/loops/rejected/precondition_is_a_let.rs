#[allow(unused_imports)] use steadfast::{flow, for_await, merge};

async fn run(last: Option<u32>) {
    merge! {
        n in flow::iter(0..3), if let Some(_) = last => println!("{n}"),
    }
    .await;
}

fn main() {
    drop(run(None));
}
