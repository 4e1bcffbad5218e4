// A handle leaves its scope, and is to take a child that borrows for less.

use steadfast::{Scope, scope};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let mut escaped: Option<Scope<'_>> = None;
    {
        let word = String::from("hello");
        scope(async |s| {
            s.spawn(async { println!("{word}") });
            escaped = Some(s);
        })
        .await;
    }
    drop(escaped);
}
