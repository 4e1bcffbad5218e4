#[allow(unused_imports)] use steadfast::{flow, for_await, merge};

fn connect() -> Result<u32, String> {
    Ok(3)
}

async fn read(connection: u32) -> u32 {
    connection
}

async fn run() -> Result<(), String> {
    merge! {
        n in repeated(|| async { Ok::<_, String>(read(connect()?).await) }) => if n? == 3 { break },
    }
    .await;
    Ok(())
}

fn main() {
    drop(run());
}
