// It comes from a mark.

use steadfast::{Cancelled, checkpoint, nursery};

fn step() -> Result<(), Cancelled> {
    checkpoint()
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let ended = nursery(async |n| {
        n.cancel("I say so");
        step()
    });
    assert!(ended.await.is_err());
}
