// Nobody would get the value.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        n.spawn(async { 6 * 7 });
    })
    .await;
}
