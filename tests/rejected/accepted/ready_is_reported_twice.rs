// Once.

use steadfast::nursery;

#[steadfast::main(tokio, current_thread)]
async fn main() {
    nursery(async |n| {
        let port = n.start(async |ready| {
            ready.report(80);
        });
        assert_eq!(port.await.ok(), Some(80));
    })
    .await;
}
