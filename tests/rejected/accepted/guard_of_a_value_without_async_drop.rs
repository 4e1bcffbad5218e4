// A value with an async clean-up.

use std::pin::Pin;

use steadfast::{AsyncDrop, AsyncDropGuard};

struct Connection;

impl AsyncDrop for Connection {
    async fn async_drop(self: Pin<&mut Self>) {}
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    AsyncDropGuard::new(Connection).close().await;
}
