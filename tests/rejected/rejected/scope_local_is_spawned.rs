// A scope whose children need not be `Send` is to run on another thread.

use steadfast::{nursery, scope_local};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        n.spawn(scope_local(async |s| {
            s.spawn(async {});
        }));
    })
    .await;
}
