//! Two children run in parallel; one fails; the other is asked to end, and tidies up; then the call returns.
//!
//! `cargo run --example first_nursery --features tokio,smol`

use std::io;
use std::time::Duration;

use steadfast::smol::SmolRuntime;
use steadfast::tokio::TokioRuntime;
use steadfast::{FutureExt, NurseryError, block_on, sleep, try_nursery};

async fn copy_files() -> Result<(), NurseryError<String>> {
    let target = String::from("/backup");
    try_nursery(async |n| {
        // A name shows in errors, in reports and in the tree.
        n.named("small file").spawn(async {
            sleep(Duration::from_millis(5)).await;
            Err(String::from("the disk is full"))
        });
        n.named("large file").spawn(async {
            // A request ends nothing by itself: this await is marked as a place where the child may end early.
            match sleep(Duration::from_secs(3600)).or_cancelled().await {
                Ok(()) => println!("  large file: copied"),
                Err(cancelled) => println!(
                    "  large file: removed the half copy ({})",
                    cancelled.reason()
                ),
            }
            Ok(())
        });
        // The body may borrow what the caller owns.
        println!("  copying to {target}");
        Ok(())
    })
    .await
}

async fn program(runtime: &str) {
    println!("on {runtime}:");
    // Both children have finished here, whatever happened.
    if let Err(error) = copy_files().await {
        println!("  {error}");
    }
}

fn main() -> io::Result<()> {
    block_on(&TokioRuntime::new()?, program("tokio"));
    block_on(&SmolRuntime::new()?, program("smol"));
    Ok(())
}
