//! What is async-std's own: handles that detach, and local tasks that need this thread's `block_on`.

use std::sync::mpsc;

use steadfast_async_std::AsyncStd;
use steadfast_core::{Entry, Spawn, SpawnBlocking};

#[test]
fn a_spawned_task_runs_on_although_nothing_holds_it() {
    let (send, receive) = async_channel::bounded(1);
    let (pass, passed) = async_channel::bounded::<()>(1);
    let task = async move {
        passed.recv().await.unwrap();
        send.send(7).await.unwrap();
    };
    AsyncStd.spawn(task).unwrap();
    let seven = AsyncStd.block_on(async {
        pass.send(()).await.unwrap();
        receive.recv().await
    });
    assert_eq!(seven, Ok(7));
}

/// Spawns a task when it is dropped.
struct SpawnsOnDrop(mpsc::Sender<()>);

impl Drop for SpawnsOnDrop {
    fn drop(&mut self) {
        let ran = self.0.clone();
        AsyncStd
            .spawn(async move { ran.send(()).unwrap() })
            .unwrap();
    }
}

#[test]
fn a_destructor_of_a_task_may_spawn() {
    let (send, ran) = mpsc::channel();
    let bomb = SpawnsOnDrop(send);
    AsyncStd.spawn(async move { drop(bomb) }).unwrap();
    assert_eq!(ran.iter().count(), 1);
}

#[test]
fn no_blocking_work_is_lost() {
    let (send, receive) = mpsc::channel();
    for _ in 0..200 {
        let send = send.clone();
        AsyncStd
            .spawn_blocking(move || send.send(()).unwrap())
            .unwrap();
    }
    assert_eq!(receive.iter().take(200).count(), 200);
}
