// A child that runs on another thread holds what must not leave this one.

use std::rc::Rc;

use steadfast::{block_scope, tokio::TokioRuntime};

fn main() {
    let runtime = TokioRuntime::current_thread().expect("the system has an event queue");
    let shared = Rc::new(1);
    block_scope(&runtime, async |s| {
        s.spawn(async { println!("{shared}") });
    })
    .expect("this thread may block");
}
