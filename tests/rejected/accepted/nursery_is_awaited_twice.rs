// The value is kept.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let answer = nursery(async |_| 42).await;
    assert_eq!(answer, 42);
    assert_eq!(answer, 42);
}
