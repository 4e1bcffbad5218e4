//! Tasks that stay on their thread, on a `LocalSet` and on a `LocalRuntime`.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::sync::mpsc;

use steadfast_core::{Entry, Spawn, SpawnLocal};
use steadfast_tokio::{TokioLocal, TokioLocalRuntime, TokioRuntime};
use tokio::runtime::LocalRuntime;
use tokio::task::LocalSet;

/// Tells how a spawn that its destructor made ended, and counts its drops.
struct SpawnsOnDrop {
    local: TokioLocal,
    refused: Rc<Cell<usize>>,
}

impl Drop for SpawnsOnDrop {
    fn drop(&mut self) {
        let refused = self.local.spawn_local(pending()).is_err();
        self.refused.set(self.refused.get() + usize::from(refused));
    }
}

fn spawn_endless(local: &TokioLocal, refused: &Rc<Cell<usize>>) {
    let bomb = SpawnsOnDrop {
        local: local.clone(),
        refused: refused.clone(),
    };
    let task = async move {
        let _bomb = bomb;
        pending::<()>().await;
    };
    local.spawn_local(task).unwrap();
}

#[test]
fn dropping_a_set_drops_its_tasks_once_and_refuses_what_their_destructors_spawn() {
    let refused = Rc::new(Cell::new(0));
    let set = Rc::new(LocalSet::new());
    let local = TokioLocal::from(&set);
    spawn_endless(&local, &refused);
    spawn_endless(&local, &refused);
    drop(set);
    assert_eq!((refused.get(), Rc::strong_count(&refused)), (2, 1));
}

#[test]
fn dropping_a_local_runtime_drops_its_tasks_once_and_refuses_what_their_destructors_spawn() {
    let refused = Rc::new(Cell::new(0));
    let runtime = TokioLocalRuntime::new().unwrap();
    spawn_endless(&runtime.local(), &refused);
    spawn_endless(&runtime.local(), &refused);
    drop(runtime);
    assert_eq!((refused.get(), Rc::strong_count(&refused)), (2, 1));
}

#[test]
fn a_local_runtime_may_be_dropped_inside_of_another_runtime() {
    let refused = Rc::new(Cell::new(0));
    let inner = TokioLocalRuntime::new().unwrap();
    spawn_endless(&inner.local(), &refused);
    TokioRuntime::current_thread()
        .unwrap()
        .block_on(async move { drop(inner) });
    assert_eq!(Rc::strong_count(&refused), 1);
}

#[test]
fn a_refused_task_comes_back_unpolled() {
    let polls = Rc::new(Cell::new(0));
    let local = TokioLocalRuntime::new().unwrap().local();
    let polled = polls.clone();
    let refused = local
        .spawn_local(async move { polled.set(polled.get() + 1) })
        .unwrap_err();
    assert_eq!(polls.get(), 0);
    TokioRuntime::current_thread()
        .unwrap()
        .block_on(refused.into_inner());
    assert_eq!(polls.get(), 1);
}

#[test]
fn a_handle_spawns_on_its_own_target_and_not_on_the_current_one() {
    let (first, second) = (Rc::new(LocalSet::new()), LocalSet::new());
    let runtime = TokioRuntime::current_thread().unwrap();
    let ran = Rc::new(Cell::new(false));
    let flag = ran.clone();
    let local = TokioLocal::from(&first);
    runtime.block_on(second.run_until(async move {
        local.spawn_local(async move { flag.set(true) }).unwrap();
        tokio::task::yield_now().await;
    }));
    runtime.block_on(second);
    assert!(!ran.get());
    runtime.block_on(Rc::into_inner(first).unwrap());
    assert!(ran.get());
}

#[test]
fn a_local_runtime_runs_local_tasks_and_tasks_that_are_send() {
    let runtime = TokioLocalRuntime::from(LocalRuntime::new().unwrap());
    let (send, receive) = mpsc::channel();
    let sender = send.clone();
    let (done, wait) = tokio::sync::oneshot::channel();
    let here = std::thread::current().id();
    let task = async move { send.send(std::thread::current().id()).unwrap() };
    runtime.handle().spawn(task).unwrap();
    let local = async move {
        sender.send(std::thread::current().id()).unwrap();
        done.send(()).unwrap();
    };
    runtime.local().spawn_local(local).unwrap();
    runtime.block_on(wait).unwrap();
    assert_eq!(receive.iter().take(2).collect::<Vec<_>>(), [here, here]);
}
