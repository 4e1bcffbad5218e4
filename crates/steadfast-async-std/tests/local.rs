//! Tasks that stay on their thread.
#![cfg(feature = "local")]

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use steadfast_async_std::AsyncStdLocal;
use steadfast_core::{Entry, SpawnLocal};

/// Adds one to a counter when it is dropped.
struct Count(Arc<AtomicUsize>);

impl Drop for Count {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Spawns a local task when it is dropped.
struct SpawnsOnDrop(Option<Count>);

impl Drop for SpawnsOnDrop {
    fn drop(&mut self) {
        let count = self.0.take();
        let task = async move {
            let _count = count;
            pending::<()>().await;
        };
        drop(AsyncStdLocal::new().unwrap().spawn_local(task));
    }
}

#[test]
fn tasks_run_during_block_on_and_only_then() {
    let local = AsyncStdLocal::new().unwrap();
    let polls = Arc::new(AtomicUsize::new(0));
    let polled = polls.clone();
    let (send, receive) = async_channel::bounded(1);
    let task = async move {
        polled.fetch_add(1, SeqCst);
        send.send(thread::current().id()).await.unwrap();
    };
    local.spawn_local(task).unwrap();
    assert_eq!(polls.load(SeqCst), 0);
    assert_eq!(local.block_on(receive.recv()), Ok(thread::current().id()));
}

#[test]
fn the_end_of_the_thread_drops_its_tasks_and_what_their_destructors_spawn_once() {
    let drops = Arc::new(AtomicUsize::new(0));
    let bomb = SpawnsOnDrop(Some(Count(drops.clone())));
    let thread = thread::spawn(move || {
        let task = async move {
            let _bomb = bomb;
            pending::<()>().await;
        };
        AsyncStdLocal::new().unwrap().spawn_local(task).unwrap();
    });
    thread.join().unwrap();
    assert_eq!(drops.load(SeqCst), 1);
}
