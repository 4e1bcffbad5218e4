//! The executor of `smol::spawn`.
#![cfg(feature = "global")]

use std::sync::mpsc;

use steadfast_core::{Entry, Spawn, SpawnBlocking};
use steadfast_smol::GlobalSmol;

#[test]
fn a_spawned_task_runs_on_although_nothing_holds_it() {
    let (send, receive) = async_channel::bounded(1);
    let (pass, passed) = async_channel::bounded::<()>(1);
    let task = async move {
        passed.recv().await.unwrap();
        send.send(7).await.unwrap();
    };
    GlobalSmol.spawn(task).unwrap();
    let seven = GlobalSmol.block_on(async {
        pass.send(()).await.unwrap();
        receive.recv().await
    });
    assert_eq!(seven, Ok(7));
}

#[test]
fn no_blocking_work_is_lost() {
    let (send, receive) = mpsc::channel();
    for _ in 0..200 {
        let send = send.clone();
        GlobalSmol
            .spawn_blocking(move || send.send(()).unwrap())
            .unwrap();
    }
    assert_eq!(receive.iter().take(200).count(), 200);
}
