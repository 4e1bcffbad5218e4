// What is finished after its caller has gone cannot borrow from the caller.

use steadfast::FutureExt;

async fn send(words: &[String]) {
    println!("{words:?}");
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let words = vec![String::from("hello")];
    send(&words).must_complete().await;
}
