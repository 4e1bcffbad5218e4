//! A deadline asks, a timeout drops, and a shield holds off both.
//!
//! `cargo run --example deadlines --features tokio,smol`

use std::io;
use std::time::Duration;

use steadfast::smol::SmolRuntime;
use steadfast::tokio::TokioRuntime;
use steadfast::{FutureExt, block_on, checkpoint, sleep, timeout, with_deadline};

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(3600);

/// Ends where it is in order: between two steps, never inside of one.
async fn batches() -> u32 {
    let mut done = 0;
    while checkpoint().is_ok() {
        sleep(Duration::from_millis(5)).await;
        done += 1;
    }
    done
}

async fn program(runtime: &str) {
    println!("on {runtime}:");

    // Only a request: the value is that of the work, however late.
    let done = with_deadline(SHORT, batches()).await;
    println!("  the deadline ended the loop after {done} whole batches");

    // The work is dropped, so it has to be of a kind that may be. A sleep is.
    let outcome = timeout(SHORT, sleep(LONG)).await;
    println!(
        "  the long sleep: {}",
        outcome.expect_err("an hour is longer")
    );

    // What must not be cut in half is shielded. The request is seen after it.
    let outcome = with_deadline(SHORT, async {
        let saved = async {
            sleep(2 * SHORT).await;
            "the file is saved"
        };
        let saved = saved.shielded().await;
        (saved, checkpoint().is_err())
    });
    let (saved, late) = outcome.await;
    println!("  {saved}; past the deadline: {late}");
}

fn main() -> io::Result<()> {
    block_on(&TokioRuntime::new()?, program("tokio"));
    block_on(&SmolRuntime::new()?, program("smol"));
    Ok(())
}
