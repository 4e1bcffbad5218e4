// A child is a future, unlike that of `std::thread::scope`.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let word = String::from("hello");
    scope(async |s| {
        s.spawn(|| println!("{word}"));
    })
    .await;
}
