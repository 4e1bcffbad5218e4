#[allow(unused_imports)] use steadfast::{flow, for_await, merge};

async fn parse(_: u32) -> Result<u32, String> {
    Ok(1)
}

async fn run() -> u32 {
    let mut found = 0;
    for_await!(n in flow::iter(0..3) => {
        tokio::select! {
            one = parse(n) => {
                for m in 0..3 {
                    if one == Ok(m) {
                        found = m;
                        break;
                    }
                }
            }
        }
    });
    found
}

fn main() {
    drop(run());
}
