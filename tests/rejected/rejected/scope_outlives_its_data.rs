// The future of a scope is kept for longer than what its children borrow.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let running = {
        let word = String::from("hello");
        scope(async |s| {
            s.spawn(async { println!("{word}") });
        })
    };
    running.await;
}
