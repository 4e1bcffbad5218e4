// The future of a nursery is gone with its value.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let answer = nursery(async |_| 42);
    assert_eq!(answer.await, 42);
    assert_eq!(answer.await, 42);
}
