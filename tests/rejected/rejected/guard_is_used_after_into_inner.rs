// The guard is gone when it has given its value back.

use std::pin::Pin;

use steadfast::{AsyncDrop, AsyncDropGuard};

struct Connection {
    port: u16,
}

impl AsyncDrop for Connection {
    async fn async_drop(self: Pin<&mut Self>) {}
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let guard = AsyncDropGuard::new(Connection { port: 80 });
    let connection = guard.into_inner();
    guard.close().await;
    println!("{}", connection.port);
}
