#[allow(unused_imports)] use steadfast::{flow, for_await};

async fn parse(_: u32) -> Result<u32, String> {
    Ok(1)
}

async fn run() -> Result<(), String> {
    for_await!(n in flow::iter(0..3) => {
        let one = async {
            tokio::select! {
                one = parse(n) => one,
            }
        }
        .await;
        let _one = one?;
    });
    Ok(())
}

fn main() {
    drop(run());
}
