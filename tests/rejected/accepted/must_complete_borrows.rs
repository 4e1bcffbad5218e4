// It owns what it needs.

use steadfast::FutureExt;

async fn send(words: &[String]) {
    println!("{words:?}");
}

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let words = vec![String::from("hello")];
    async move { send(&words).await }.must_complete().await;
}
