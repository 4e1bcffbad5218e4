// By `FnOnce(..) -> Fut` the future has a name. Callers write the same.

use steadfast::{Scope, scope};

async fn timed<'env, F, Fut>(body: F)
where
    F: FnOnce(Scope<'env>) -> Fut,
    Fut: Future,
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
