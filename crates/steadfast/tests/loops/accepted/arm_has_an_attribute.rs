#[allow(unused_imports)] use steadfast::{flow, merge};

async fn run() {
    #[cfg(unix)]
    let numbers = flow::iter(0..3);
    #[cfg(not(unix))]
    let numbers = flow::empty::<i32>();
    merge! {
        _ in flow::iter(0..3) => {}
        n in numbers => println!("{n}"),
    }
    .await;
}

fn main() {
    drop(run());
}
