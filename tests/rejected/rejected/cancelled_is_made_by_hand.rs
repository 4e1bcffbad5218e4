// `Cancelled` is the proof that a task was asked to end, so that nobody makes one up.

use steadfast::{CancelReason, Cancelled};

fn step() -> Result<(), Cancelled> {
    Err(Cancelled {
        reason: CancelReason::from("I say so"),
    })
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    assert!(step().is_err());
}
