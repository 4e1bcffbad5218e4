#[allow(unused_imports)] use steadfast::{flow, for_await, merge};

async fn run() {
    for_await!(on_exit: finish; n in flow::iter(0..3) { println!("{n}") });
}

fn main() {
    drop(run());
}
