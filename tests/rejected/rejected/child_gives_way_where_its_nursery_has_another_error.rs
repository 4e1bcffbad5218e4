// `?` on a mark needs an error that a request can be turned into.

use steadfast::{checkpoint, try_nursery};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let outcome = try_nursery(async |n| {
        n.spawn(async {
            checkpoint()?;
            Err("no")
        });
        Ok(())
    })
    .await;
    println!("{outcome:?}");
}
