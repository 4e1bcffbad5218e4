//! Tasks that stay on their thread.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;

use steadfast_core::{Entry, Spawn, SpawnLocal};
use steadfast_smol::{SmolLocal, SmolLocalRuntime};

/// Counts the spawns of its destructor that were refused.
struct SpawnsOnDrop {
    local: SmolLocal,
    refused: Rc<Cell<usize>>,
}

impl Drop for SpawnsOnDrop {
    fn drop(&mut self) {
        let refused = self.local.spawn_local(pending()).is_err();
        self.refused.set(self.refused.get() + usize::from(refused));
    }
}

#[test]
fn dropping_the_owner_drops_its_tasks_once_and_refuses_what_their_destructors_spawn() {
    let refused = Rc::new(Cell::new(0));
    let runtime = SmolLocalRuntime::new().unwrap();
    for _ in 0..2 {
        let bomb = SpawnsOnDrop {
            local: runtime.local(),
            refused: refused.clone(),
        };
        let task = async move {
            let _bomb = bomb;
            pending::<()>().await;
        };
        runtime.local().spawn_local(task).unwrap();
    }
    drop(runtime);
    assert_eq!((refused.get(), Rc::strong_count(&refused)), (2, 1));
}

#[test]
fn a_refused_task_comes_back_unpolled() {
    let polls = Rc::new(Cell::new(0));
    let polled = polls.clone();
    let local = SmolLocalRuntime::new().unwrap().local();
    let refused = local
        .spawn_local(async move { polled.set(polled.get() + 1) })
        .unwrap_err();
    assert_eq!(polls.get(), 0);
    async_io::block_on(refused.into_inner());
    assert_eq!(polls.get(), 1);
}

#[test]
fn tasks_run_during_block_on_and_only_then() {
    let runtime = SmolLocalRuntime::new().unwrap();
    let ran = Rc::new(Cell::new(false));
    let flag = ran.clone();
    let (send, receive) = async_channel::bounded(1);
    let task = async move {
        flag.set(true);
        send.send(()).await.unwrap();
    };
    runtime.local().spawn_local(task).unwrap();
    assert!(!ran.get());
    runtime.block_on(receive.recv()).unwrap();
    assert!(ran.get());
}

#[test]
fn a_task_that_is_send_is_refused_for_want_of_a_thread() {
    let runtime = SmolLocalRuntime::new().unwrap();
    assert!(runtime.handle().spawn(async {}).is_err());
}
