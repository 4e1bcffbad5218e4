// A child reports a borrow of its own local: the starter would have it for longer than the child lives.

use steadfast::{Ready, scope};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    scope(async |s| {
        let started = s.start(async |ready: Ready<&str>| {
            let word = String::from("hello");
            ready.report(word.as_str());
        });
        println!("{}", started.await.unwrap());
    })
    .await;
}
