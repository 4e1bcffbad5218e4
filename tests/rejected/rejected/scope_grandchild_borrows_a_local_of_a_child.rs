// A child of a scope starts another one that borrows from it. They are siblings: the other may live longer.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    scope(async |s| {
        let inner = s.clone();
        s.spawn(async move {
            let word = String::from("hello");
            inner.spawn(async { println!("{word}") });
        });
    })
    .await;
}
