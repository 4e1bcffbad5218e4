// A child is a future.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        n.spawn(async { assert_eq!("hello".len(), 5) });
    })
    .await;
}
