// A child of a scope borrows a local of the body, which ends before the child.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    scope(async |s| {
        let word = String::from("hello");
        s.spawn(async { println!("{word}") });
        println!("{word}");
    })
    .await;
}
