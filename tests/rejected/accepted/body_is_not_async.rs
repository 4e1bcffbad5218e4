// The closure is async.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let word = String::from("hello");
    scope(async |s| {
        s.spawn(async { println!("{word}") });
    })
    .await;
}
