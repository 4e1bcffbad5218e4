#[allow(unused_imports)] use steadfast::{flow, for_await, merge};

fn connect(up: bool) -> Result<u32, String> {
    up.then_some(3).ok_or_else(|| String::from("down"))
}

async fn run(up: bool) -> Result<(), String> {
    let connected = connect(up)?;
    merge! {
        n in flow::iter(0..connected), if up => println!("{n}"),
    }
    .await;
    Ok(())
}

fn main() {
    drop(run(true));
}
