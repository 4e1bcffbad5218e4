// A child of a scope whose future is to be `Send` holds what is not.

use std::rc::Rc;

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let shared = Rc::new(1);
    scope(async |s| {
        s.spawn(async { println!("{shared}") });
    })
    .await;
}
