// A thread that borrows from a scope could not be called in where the scope's future is dropped or forgotten.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let word = String::from("hello");
    scope(async |s| {
        let length = s.spawn_blocking(|| word.len());
        assert_eq!(length.await.expect("it does not panic"), 5);
    })
    .await;
}
