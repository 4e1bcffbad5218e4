// It says so.

use steadfast::try_nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let outcome = try_nursery(async |n| {
        let child = n.spawn_with_handle(async { Ok(6 * 7) });
        n.spawn(async { Err("no") });
        Ok(child)
    })
    .await;
    assert!(outcome.is_err());
}
