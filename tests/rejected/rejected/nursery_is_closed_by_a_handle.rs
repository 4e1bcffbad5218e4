// A nursery closes when its body has ended and no child is left. No handle can do it, of whichever task.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        let stranger = n.clone();
        n.spawn(async move { stranger.close() });
    })
    .await;
}
