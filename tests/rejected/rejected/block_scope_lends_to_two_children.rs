// Two children change the same local, in parallel.

use steadfast::{block_scope, tokio::TokioRuntime};

fn main() {
    let runtime = TokioRuntime::current_thread().expect("the system has an event queue");
    let mut count = 0;
    block_scope(&runtime, async |s| {
        s.spawn(async { count += 1 });
        s.spawn(async { count += 1 });
    })
    .expect("this thread may block");
}
