// An `Arc` may go on on another thread.

use std::pin::Pin;
use std::sync::Arc;

use steadfast::{AsyncDrop, AsyncDropGuard, yield_now};

struct Connection;

impl AsyncDrop for Connection {
    async fn async_drop(self: Pin<&mut Self>) {
        let farewell = Arc::new("goodbye");
        yield_now().await;
        println!("{farewell}");
    }
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    AsyncDropGuard::new(Connection).close().await;
}
