// `spawn` gives no handle, unlike that of `std::thread::scope`.

use steadfast::scope;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let word = String::from("hello");
    scope(async |s| {
        let child = s.spawn(async { println!("{word}") });
        child.join().expect("it does not panic");
    })
    .await;
}
