// The value is gone when it has been closed.

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
    let connection = AsyncDropGuard::new(Connection { port: 80 });
    connection.close().await;
    println!("{}", connection.port);
}
