//! One program on each runtime, entered by that runtime's own means: nothing of it needs a runner of ours.

use std::pin::Pin;

use steadfast::async_std::AsyncStd;
use steadfast::smol::GlobalSmol;
use steadfast::{AsyncDrop, AsyncDropGuard, Nursery, Runtime, cancelled, nursery, try_nursery};
use steadfast_conformance::probe::Tally;

#[tokio::test]
async fn natively_on_the_current_thread_of_tokio() {
    program_here().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn natively_on_the_threads_of_tokio() {
    program_here().await;
}

#[test]
fn natively_on_smol() {
    smol::block_on(program_on(GlobalSmol));
}

#[test]
fn natively_on_async_std() {
    async_std::task::block_on(program_on(AsyncStd));
}

async fn program_on<R: Runtime>(runtime: R) {
    let opened = Nursery::builder().runtime(&runtime);
    opened.run(async |_| program_here().await).await;
}

/// Waits, fails, asks to end and cleans up, on whatever runtime it is in.
async fn program_here() {
    let closed = Tally::new();
    let sum = nursery(async |n| {
        let guard = AsyncDropGuard::new(Connection(closed.clone()));
        n.spawn(async move { drop(guard) });
        let children: Vec<_> = (1..=3)
            .map(|number| n.spawn_with_handle(async move { number }))
            .collect();
        let mut sum = 0;
        for child in children {
            sum += child.await.expect("a child that cannot fail");
        }
        sum
    });
    assert_eq!((sum.await, closed.count()), (6, 1));
    let asked = closed.clone();
    let failed = try_nursery(async |n| {
        n.spawn(async move {
            cancelled().await;
            asked.add();
            Ok(())
        });
        Err::<(), _>("broken")
    });
    let error = failed.await.expect_err("the body has failed");
    assert_eq!(
        (error.primary().error(), closed.count()),
        (Some(&"broken"), 2)
    );
}

struct Connection(Tally);

impl AsyncDrop for Connection {
    async fn async_drop(self: Pin<&mut Self>) {
        self.0.add();
    }
}
