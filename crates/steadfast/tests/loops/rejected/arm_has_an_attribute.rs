#[allow(unused_imports)] use steadfast::{flow, merge};

async fn run() {
    merge! {
        _ in flow::iter(0..3) => {}
        #[cfg(unix)]
        n in flow::iter(0..3) => println!("{n}"),
    }
    .await;
}

fn main() {
    drop(run());
}
