// No handle, and no warning about what `spawn` returns.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
#[deny(unused_must_use)]
async fn main() {
    nursery(async |n| {
        n.spawn(async {});
    })
    .await;
}
