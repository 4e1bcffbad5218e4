// To wait for one child in the body takes a handle.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let word = String::from("hello");
    scope(async |s| {
        let child = s.spawn_with_handle(async { println!("{word}") });
        child.await.expect("it does not panic");
    })
    .await;
}
