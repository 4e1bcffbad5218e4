// A value that has no async clean-up needs no guard.

use steadfast::AsyncDropGuard;

struct Connection;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    AsyncDropGuard::new(Connection).close().await;
}
