// One whose children are `Send` may.

use steadfast::{nursery, scope};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        n.spawn(scope(async |s| {
            s.spawn(async {});
        }));
    })
    .await;
}
