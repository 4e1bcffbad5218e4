// It is asked to end, and gives way where its code says so.

use steadfast::{FutureExt, nursery};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        let child = n.spawn_with_handle(std::future::pending::<()>().or_cancelled());
        child.cancel("enough");
    })
    .await;
}
