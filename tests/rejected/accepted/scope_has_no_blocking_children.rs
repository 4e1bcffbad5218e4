// Blocking work that owns its data is a child of a nursery.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let word = String::from("hello");
    nursery(async |n| {
        let length = n.spawn_blocking(move || word.len());
        assert_eq!(length.await.expect("it does not panic"), 5);
    })
    .await;
}
