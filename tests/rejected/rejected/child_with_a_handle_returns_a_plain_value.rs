// In a nursery that returns errors, a child with a handle says whether it has failed.

use steadfast::try_nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let outcome = try_nursery(async |n| {
        n.spawn(async { Err("no") });
        let child = n.spawn_with_handle(async { 6 * 7 });
        Ok(child)
    })
    .await;
    assert!(outcome.is_err());
}
