// The child has a share of its own.

use std::sync::Arc;

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        let word = Arc::new(String::from("hello"));
        let share = Arc::clone(&word);
        n.spawn(async move { println!("{share}") });
        println!("{word}");
    })
    .await;
}
