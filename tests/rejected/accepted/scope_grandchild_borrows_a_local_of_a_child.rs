// It opens a scope of its own, which ends before what is borrowed.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    scope(async |s| {
        s.spawn(async move {
            let word = String::from("hello");
            scope(async |inner| {
                inner.spawn(async { println!("{word}") });
            })
            .await;
        });
    })
    .await;
}
