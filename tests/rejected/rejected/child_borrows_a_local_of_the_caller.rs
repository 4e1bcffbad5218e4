// The body may borrow from its caller; a child may not.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let words = vec![String::from("hello")];
    nursery(async |n| {
        n.spawn(async { println!("{}", words.len()) });
    })
    .await;
    println!("{words:?}");
}
