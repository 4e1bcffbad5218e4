// The handle of a child is awaited. Nothing is hidden from the trait that has a `join` for every future.

use steadfast::scope;

trait Join: Future + Sized {
    async fn join<F: Future>(self, other: F) -> (Self::Output, F::Output) {
        (self.await, other.await)
    }
}

impl<F: Future> Join for F {}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    scope(async |s| {
        let child = s.spawn_with_handle(async { 1 });
        assert_eq!(child.await.expect("it does not panic"), 1);
        let child = s.spawn_with_handle(async { 1 });
        let (one, two) = child.join(async { 2 }).await;
        assert_eq!((one.expect("it does not panic"), two), (1, 2));
    })
    .await;
}
