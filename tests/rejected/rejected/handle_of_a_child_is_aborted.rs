// Nothing stops a child in the middle of what it does.

use steadfast::{FutureExt, nursery};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        let child = n.spawn_with_handle(std::future::pending::<()>().or_cancelled());
        child.abort();
    })
    .await;
}
