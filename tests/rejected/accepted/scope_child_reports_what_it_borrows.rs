// It reports a value.

use steadfast::{Ready, scope};

#[steadfast::main(tokio, current_thread)]
async fn main() {
    scope(async |s| {
        let started = s.start(async |ready: Ready<String>| {
            let word = String::from("hello");
            ready.report(word);
        });
        println!("{}", started.await.unwrap());
    })
    .await;
}
