// The nursery has such an error.

use steadfast::{Cancelled, checkpoint, try_nursery};

#[derive(Debug)]
enum Stopped {
    Asked,
    No,
}

impl From<Cancelled> for Stopped {
    fn from(_: Cancelled) -> Self {
        Self::Asked
    }
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let outcome = try_nursery(async |n| {
        n.spawn(async {
            checkpoint()?;
            Err(Stopped::No)
        });
        Ok(())
    })
    .await;
    println!("{outcome:?}");
}
