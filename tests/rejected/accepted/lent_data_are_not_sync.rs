// An atomic is what threads share.

use std::sync::atomic::{AtomicU32, Ordering};

use steadfast::nursery_with;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let ((), back) = nursery_with(AtomicU32::new(1), async |n, cell| {
        n.spawn(async move { cell.store(2, Ordering::Relaxed) });
    })
    .await;
    assert_eq!(back.map(AtomicU32::into_inner).ok(), Some(2));
}
