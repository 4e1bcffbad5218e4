// A nursery that returns errors.

use steadfast::try_nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let outcome = try_nursery(async |n| {
        n.spawn(async { std::fs::write("/", "") });
        Ok(())
    })
    .await;
    assert!(outcome.is_err());
}
