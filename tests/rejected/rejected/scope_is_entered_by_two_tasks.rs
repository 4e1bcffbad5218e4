// A cancel scope is entered once, by one task.

use steadfast::{CancelScope, nursery};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let scope = CancelScope::new();
    nursery(async |n| {
        n.spawn(async move { scope.run(async {}).await });
        n.spawn(async move { scope.run(async {}).await });
    })
    .await;
}
