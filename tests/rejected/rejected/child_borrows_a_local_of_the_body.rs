// A child borrows a local of the body.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        let word = String::from("hello");
        n.spawn(async { println!("{word}") });
        println!("{word}");
    })
    .await;
}
