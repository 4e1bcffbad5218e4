// A child changes lent data that others may be reading.

use steadfast::nursery_with;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    let ((), back) = nursery_with(vec![1], async |n, mut list| {
        n.spawn(async move { list.push(2) });
    })
    .await;
    assert_eq!(back.ok(), Some(vec![1, 2]));
}
