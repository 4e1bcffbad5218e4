// Two children of a scope change one local.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let mut count = 0;
    scope(async |s| {
        s.spawn(async { count += 1 });
        s.spawn(async { count += 2 });
    })
    .await;
    println!("{count}");
}
