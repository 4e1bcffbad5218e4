//! A server takes connections until it is asked to end; those that it has taken are served to their end.
//!
//! `cargo run --example graceful_shutdown --features tokio,smol`

use std::io;
use std::time::Duration;

use steadfast::smol::SmolRuntime;
use steadfast::tokio::TokioRuntime;
use steadfast::{FutureExt, Nursery, block_on, sleep};

/// Stands for a listener, so that the example needs no network.
async fn accept(number: u32) -> u32 {
    sleep(Duration::from_millis(10)).await;
    number
}

async fn serve(connection: u32) {
    sleep(Duration::from_millis(35)).await;
    println!("  served connection {connection}");
}

async fn accept_loop(n: &Nursery) {
    for number in 1.. {
        // The only place where the request is looked at. A connection that is there already wins.
        match accept(number).or_cancelled().await {
            Ok(connection) => _ = n.spawn(serve(connection)),
            Err(cancelled) => return println!("  no more connections: {}", cancelled.reason()),
        }
    }
}

async fn program(runtime: &str) {
    println!("on {runtime}:");
    Nursery::builder()
        .name("server")
        // Who does not end within 10 s after the request is aborted.
        .grace(Duration::from_secs(10))
        .run(async |n| {
            let signal = n.clone();
            n.named("signal").spawn(async move {
                sleep(Duration::from_millis(55)).await;
                signal.cancel("the operator pressed Ctrl-C");
            });
            accept_loop(&n).await;
        })
        .await;
    println!("  every connection has been served");
}

fn main() -> io::Result<()> {
    block_on(&TokioRuntime::new()?, program("tokio"));
    block_on(&SmolRuntime::new()?, program("smol"));
    Ok(())
}
