// The type of the nursery says it.

use std::num::ParseIntError;

use steadfast::{Nursery, try_nursery};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let outcome = try_nursery(async |n: Nursery<ParseIntError>| {
        Ok(n.spawn_with_handle(async { "80".parse::<u16>() }))
    });
    assert!(outcome.await.is_ok());
}
