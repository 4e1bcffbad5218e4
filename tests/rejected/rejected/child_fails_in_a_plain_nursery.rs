// Nobody could return the error.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        n.spawn(async { std::fs::write("/", "") });
    })
    .await;
}
