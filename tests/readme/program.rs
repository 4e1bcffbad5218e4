use std::{future::pending, pin::Pin};
use steadfast::{AsyncDrop, AsyncDropGuard, try_nursery};

struct Connection;

impl AsyncDrop for Connection {
    async fn async_drop(self: Pin<&mut Self>) {
        println!("the connection has said goodbye");
    }
}

#[steadfast::main(tokio)]
async fn main() {
    let outcome = try_nursery(async |n| {
        n.named("reader").spawn_until_cancelled(async {
            let _connection = AsyncDropGuard::new(Connection);
            pending::<()>().await
        });
        n.named("writer").spawn(async { Err("the disk is full") });
        Ok(())
    })
    .await;
    println!("{}", outcome.unwrap_err());
}
