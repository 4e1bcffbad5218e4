// What the child takes may leave this thread; the body may go on using the rest.

use std::rc::Rc;

use steadfast::{block_scope, tokio::TokioRuntime};

fn main() {
    let runtime = TokioRuntime::current_thread().expect("the system has an event queue");
    let shared = Rc::new(1);
    block_scope(&runtime, async |s| {
        let value = *shared;
        s.spawn(async move { println!("{value}") });
    })
    .expect("this thread may block");
}
