// A cancel scope is entered once, by one task; a second task has one of its own.

use steadfast::{CancelScope, nursery};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let scope = CancelScope::new();
    let another = CancelScope::new();
    nursery(async |n| {
        n.spawn(async move { scope.run(async {}).await });
        n.spawn(async move { another.run(async {}).await });
    })
    .await;
}
