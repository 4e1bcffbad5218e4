// What the child borrows lives for as long as the handle, which is of no more use.

use steadfast::{BlockScope, block_scope, tokio::TokioRuntime};

fn main() {
    let runtime = TokioRuntime::current_thread().expect("the system has an event queue");
    let word = String::from("hello");
    let mut escaped: Option<BlockScope<'_>> = None;
    block_scope(&runtime, async |s| {
        s.spawn(async { println!("{word}") });
        escaped = Some(s);
    })
    .expect("this thread may block");
    assert!(escaped.is_some_and(|handle| handle.is_closed()));
}
