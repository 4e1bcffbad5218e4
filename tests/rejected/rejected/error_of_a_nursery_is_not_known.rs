// Nothing says whether the handle gives a `Result`, or the nursery takes the error.

use steadfast::try_nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let outcome = try_nursery(async |n| Ok(n.spawn_with_handle(async { "80".parse::<u16>() })));
    assert!(outcome.await.is_ok());
}
