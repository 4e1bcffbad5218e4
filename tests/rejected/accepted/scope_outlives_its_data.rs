// What its children borrow lives longer.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let word = String::from("hello");
    let running = {
        scope(async |s| {
            s.spawn(async { println!("{word}") });
        })
    };
    running.await;
}
