// The handle gets the value.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let child = nursery(async |n| n.spawn_with_handle(async { 6 * 7 })).await;
    assert_eq!(child.await.unwrap(), 42);
}
