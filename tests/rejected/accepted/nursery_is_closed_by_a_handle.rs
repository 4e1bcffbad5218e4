// A nursery closes when its body has ended and no child is left. What a handle can do is to ask everybody to end.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let kept = nursery(async |n| {
        let stranger = n.clone();
        n.spawn(async move {
            stranger.cancel("enough");
            assert!(!stranger.is_closed());
        });
        n
    })
    .await;
    assert!(kept.is_closed());
}
