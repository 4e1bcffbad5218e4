// A handle leaves its blocking scope, and so could start a child that outlives what it borrows.

use steadfast::{BlockScope, block_scope, tokio::TokioRuntime};

fn main() {
    let runtime = TokioRuntime::current_thread().expect("the system has an event queue");
    let mut escaped: Option<BlockScope<'_>> = None;
    {
        let word = String::from("hello");
        block_scope(&runtime, async |s| {
            s.spawn(async { println!("{word}") });
            escaped = Some(s);
        })
        .expect("this thread may block");
    }
    drop(escaped);
}
