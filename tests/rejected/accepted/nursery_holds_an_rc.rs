// The body holds nothing that is not `Send`.

use std::sync::Arc;

use steadfast::{nursery, yield_now};

fn assert_send<F: Future + Send>(future: F) -> F {
    future
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let shared = Arc::new(1);
    let future = nursery(async |n| {
        n.spawn(async {});
        yield_now().await;
        *shared
    });
    assert_eq!(assert_send(future).await, 1);
}
