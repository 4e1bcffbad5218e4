// A child is a future, not what it would give.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        n.spawn("hello");
    })
    .await;
}
