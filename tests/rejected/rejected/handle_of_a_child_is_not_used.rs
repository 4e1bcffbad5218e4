// A handle that nobody wanted.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
#[deny(unused_must_use)]
async fn main() {
    nursery(async |n| {
        n.spawn_with_handle(async {});
    })
    .await;
}
