// A clean-up runs in whichever task owes it, on any thread.

use std::pin::Pin;
use std::rc::Rc;

use steadfast::{AsyncDrop, AsyncDropGuard, yield_now};

struct Connection;

impl AsyncDrop for Connection {
    async fn async_drop(self: Pin<&mut Self>) {
        let farewell = Rc::new("goodbye");
        yield_now().await;
        println!("{farewell}");
    }
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    AsyncDropGuard::new(Connection).close().await;
}
