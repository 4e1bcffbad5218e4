// Under a lock they may be changed.

use std::sync::Mutex;

use steadfast::nursery_with;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let ((), back) = nursery_with(Mutex::new(vec![1]), async |n, list| {
        n.spawn(async move { list.lock().expect("nobody panics").push(2) });
    })
    .await;
    let list = back.expect("nobody has kept it").into_inner();
    assert_eq!(list.ok(), Some(vec![1, 2]));
}
