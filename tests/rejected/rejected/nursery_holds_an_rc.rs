// The future of a nursery is as `Send` as its body.

use std::rc::Rc;

use steadfast::{nursery, yield_now};

fn assert_send<F: Future + Send>(future: F) -> F {
    future
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let shared = Rc::new(1);
    let future = nursery(async |n| {
        n.spawn(async {});
        yield_now().await;
        *shared
    });
    assert_eq!(assert_send(future).await, 1);
}
