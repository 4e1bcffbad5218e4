// Each child changes a local of its own.

use steadfast::{block_scope, tokio::TokioRuntime};

fn main() {
    let runtime = TokioRuntime::current_thread().expect("the system has an event queue");
    let (mut left, mut right) = (0, 0);
    block_scope(&runtime, async |s| {
        s.spawn(async { left += 1 });
        s.spawn(async { right += 1 });
    })
    .expect("this thread may block");
    assert_eq!((left, right), (1, 1));
}
