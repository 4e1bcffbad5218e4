//! Clean-up that awaits, and that has been awaited when the nursery returns.
//!
//! `cargo run --example async_drop --features tokio,smol`

use std::io;
use std::pin::Pin;
use std::time::Duration;

use steadfast::smol::SmolRuntime;
use steadfast::tokio::TokioRuntime;
use steadfast::{AsyncDrop, AsyncDropGuard, FutureExt, block_on, closing, nursery, sleep};

struct Connection {
    name: &'static str,
}

impl AsyncDrop for Connection {
    async fn async_drop(self: Pin<&mut Self>) {
        sleep(Duration::from_millis(5)).await;
        println!("  {} has said goodbye", self.name);
    }
}

async fn program(runtime: &str) {
    println!("on {runtime}:");
    nursery(async |n| {
        n.spawn_until_cancelled(async {
            // However this child ends, the clean-up runs in its task, before the child counts as finished.
            let connection = AsyncDropGuard::new(Connection {
                name: "a dropped guard",
            });
            sleep(Duration::from_secs(3600)).await;
            println!("  {} is never used", connection.name);
        });

        let early = AsyncDropGuard::new(Connection {
            name: "a closed guard",
        });
        early.close().await;

        let used = closing(Connection { name: "a bracket" }, async |lease| {
            println!("  {} is in use", lease.name);
            // Leaving early with `?` would clean up, too.
            sleep(Duration::from_millis(1)).or_cancelled().await
        });
        assert!(used.await.is_ok(), "nobody has asked to end yet");
        n.cancel("enough");
    })
    .await;
    println!("  all three have said goodbye");
}

fn main() -> io::Result<()> {
    block_on(&TokioRuntime::new()?, program("tokio"));
    block_on(&SmolRuntime::new()?, program("smol"));
    Ok(())
}
