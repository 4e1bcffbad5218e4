// A loop runs where it stands: in the body of the nursery, and not in a child.

use steadfast::{flow, merge, nursery};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        n.spawn(merge! {
            number in flow::iter(0..4) => assert!(number < 4),
        });
    })
    .await;
}
