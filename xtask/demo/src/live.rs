//! The live task tree of a small server, at a moment at which all of its tasks are in the middle of something.

use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use async_channel::{Receiver, Sender};
use steadfast::{AsyncDrop, AsyncDropGuard, Nursery, Tree, cancelled, with_deadline};

use crate::runtime::Runtime;

#[cfg(test)]
mod tests;

/// Runs the server until each task has said that it is in the middle of its work, takes the tree, and ends the server.
pub(crate) fn tree(runtime: Runtime) -> Tree {
    let (busy, all_busy) = async_channel::bounded(BUSY);
    let (confirmed, confirmation) = async_channel::bounded(1);
    runtime.run_steadfast(Nursery::builder().name("server").run(async |n| {
        n.named("metrics").spawn_background(collect(busy.clone()));
        n.named("accept").spawn_until_cancelled(work(busy.clone()));
        n.named("alice").spawn(answer(busy.clone()));
        let farewell = AsyncDropGuard::new(Farewell { busy, confirmation });
        let bob = n.named("bob").spawn_with_handle(idle(farewell));
        bob.cancel("idle");
        for _ in 0..BUSY {
            let _ = all_busy.recv().await;
        }
        let tree = steadfast::tree();
        confirmed.close();
        n.cancel("the tree has been taken");
        tree
    }))
}

/// Work that does not end by itself.
async fn work(busy: Sender<()>) {
    let _ = busy.send(()).await;
    pending::<()>().await;
}

/// A service for the other tasks, which ends after them.
async fn collect(busy: Sender<()>) {
    let _ = busy.send(()).await;
    cancelled().await;
}

/// Answers a request within a time, with two tasks of its own.
async fn answer(busy: Sender<()>) {
    let page = Nursery::builder().name("page").run(async |n| {
        n.named("text").spawn_until_cancelled(work(busy.clone()));
        n.named("image").spawn_until_cancelled(work(busy));
    });
    with_deadline(Duration::from_secs(30), page).await;
}

/// Keeps a connection open until it is asked to end.
async fn idle(_farewell: AsyncDropGuard<Farewell>) {
    cancelled().await;
}

/// Says goodbye to the peer, and waits until the peer confirms it.
struct Farewell {
    busy: Sender<()>,
    confirmation: Receiver<()>,
}

impl AsyncDrop for Farewell {
    async fn async_drop(self: Pin<&mut Self>) {
        let _ = self.busy.send(()).await;
        let _ = self.confirmation.recv().await;
    }
}

/// The tasks that say when they are in the middle of their work.
const BUSY: usize = 5;
