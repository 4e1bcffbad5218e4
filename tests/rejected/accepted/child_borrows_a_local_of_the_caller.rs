// The body borrows from its caller, and what a child needs is moved into it.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let words = vec![String::from("hello")];
    nursery(async |n| {
        let count = words.len();
        n.spawn(async move { println!("{count}") });
    })
    .await;
    println!("{words:?}");
}
