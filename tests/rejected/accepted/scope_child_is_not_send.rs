// The scope is one whose future stays on its thread.

use std::rc::Rc;

use steadfast::scope_local;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let shared = Rc::new(1);
    scope_local(async |s| {
        s.spawn(async { println!("{shared}") });
    })
    .await;
}
