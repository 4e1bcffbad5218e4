// A function hands its caller's body on to a scope, and asks for it by `AsyncFnOnce`, which says nothing of the body's future.

use steadfast::{Scope, scope};

async fn timed<'env, F>(body: F)
where
    F: AsyncFnOnce(Scope<'env>),
{
    scope(body).await;
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let word = String::from("hello");
    timed(async |s| {
        s.spawn(async { println!("{word}") });
    })
    .await;
}
