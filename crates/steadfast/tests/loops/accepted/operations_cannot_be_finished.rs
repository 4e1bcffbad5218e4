#[allow(unused_imports)] use steadfast::{flow, merge};

async fn run() -> u32 {
    merge! {
        on_exit: finish;
        repeated(|| async {}) => {}
        n in flow::iter(0..3) => break n,
    }
    .await
}

fn main() {
    drop(run());
}
