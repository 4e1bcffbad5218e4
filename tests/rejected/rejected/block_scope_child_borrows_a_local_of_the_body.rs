// A child of a blocking scope borrows a local of the body, which ends before the child.

use steadfast::{block_scope, tokio::TokioRuntime};

fn main() {
    let runtime = TokioRuntime::current_thread().expect("the system has an event queue");
    block_scope(&runtime, async |s| {
        let word = String::from("hello");
        s.spawn(async { println!("{word}") });
    })
    .expect("this thread may block");
}
