// What the child borrows lives for as long as the handle, which is of no more use.

use steadfast::{Scope, scope};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let word = String::from("hello");
    let mut escaped: Option<Scope<'_>> = None;
    scope(async |s| {
        s.spawn(async { println!("{word}") });
        escaped = Some(s);
    })
    .await;
    assert!(escaped.is_some_and(|handle| handle.is_closed()));
}
