// An error that cannot be shown.

use steadfast::{Nursery, try_nursery};

struct Full;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let outcome = try_nursery(async |n: Nursery<Full>| {
        let child = n.spawn_with_handle(async { if true { Err(Full) } else { Ok(1) } });
        Ok(child)
    })
    .await;
    assert!(outcome.is_err());
}
