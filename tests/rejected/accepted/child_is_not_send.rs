// An `Arc` may go on on another thread.

use std::sync::Arc;

use steadfast::{nursery, yield_now};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        n.spawn(async {
            let shared = Arc::new(1);
            yield_now().await;
            println!("{shared}");
        });
    })
    .await;
}
