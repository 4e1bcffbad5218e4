// Data that no two threads may look at are lent to children in parallel.

use std::cell::Cell;

use steadfast::nursery_with;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let ((), back) = nursery_with(Cell::new(1), async |n, cell| {
        n.spawn(async move { cell.set(2) });
    })
    .await;
    assert_eq!(back.map(Cell::into_inner).ok(), Some(2));
}
