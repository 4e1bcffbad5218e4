// The handle of a child is a future, unlike that of a thread.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    scope(async |s| {
        let child = s.spawn_with_handle(async { 1 });
        assert_eq!(child.join().expect("it does not panic"), 1);
    })
    .await;
}
