// A child holds an `Rc` while it waits, and might go on on another thread.

use std::rc::Rc;

use steadfast::{nursery, yield_now};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        n.spawn(async {
            let shared = Rc::new(1);
            yield_now().await;
            println!("{shared}");
        });
    })
    .await;
}
