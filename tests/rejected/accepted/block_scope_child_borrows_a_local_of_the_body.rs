// What the child borrows is the caller's.

use steadfast::{block_scope, tokio::TokioRuntime};

fn main() {
    let runtime = TokioRuntime::current_thread().expect("the system has an event queue");
    let word = String::from("hello");
    block_scope(&runtime, async |s| {
        s.spawn(async { println!("{word}") });
    })
    .expect("this thread may block");
}
