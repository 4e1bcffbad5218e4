// A future of its own is a child.

use steadfast::{flow, merge, nursery};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        n.spawn(async {
            merge! {
                number in flow::iter(0..4) => assert!(number < 4),
            }
            .await;
        });
    })
    .await;
}
