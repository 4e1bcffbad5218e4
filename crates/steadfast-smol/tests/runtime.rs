//! What is this executor's own: its threads, and its shutdown.

use std::future::{Future, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use steadfast_core::{Entry, Spawn, SpawnBlocking, Timer};
use steadfast_smol::{Smol, SmolRuntime};

/// Adds one to a counter when it is dropped.
struct Count(Arc<AtomicUsize>);

impl Drop for Count {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A task that never ends and says when it was polled; its drops are counted.
fn endless(
    drops: &Arc<AtomicUsize>,
    polled: mpsc::Sender<()>,
) -> impl Future<Output = ()> + Send + 'static + use<> {
    let count = Count(drops.clone());
    async move {
        let _count = count;
        polled.send(()).unwrap();
        pending::<()>().await;
    }
}

#[test]
fn dropping_the_owner_drops_each_pending_task_once() {
    for threads in [1, 4] {
        let runtime = SmolRuntime::with_threads(threads).unwrap();
        let drops = Arc::new(AtomicUsize::new(0));
        let (polled, polls) = mpsc::channel();
        for _ in 0..100 {
            runtime
                .handle()
                .spawn(endless(&drops, polled.clone()))
                .unwrap();
        }
        assert_eq!(polls.iter().take(100).count(), 100);
        assert_eq!(drops.load(SeqCst), 0);
        drop(runtime);
        assert_eq!(drops.load(SeqCst), 100);
    }
}

#[test]
fn dropping_the_owner_drops_tasks_that_are_queued() {
    let runtime = SmolRuntime::with_threads(1).unwrap();
    let (entered, is_in) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let occupy = async move {
        entered.send(()).unwrap();
        assert!(gate.recv().is_err());
    };
    runtime.handle().spawn(occupy).unwrap();
    is_in.recv().unwrap();

    let drops = Arc::new(AtomicUsize::new(0));
    for _ in 0..100 {
        let count = Count(drops.clone());
        runtime.handle().spawn(async move { drop(count) }).unwrap();
    }
    drop(open);
    drop(runtime);
    assert_eq!(drops.load(SeqCst), 100);
}

#[test]
fn dropping_the_owner_waits_for_the_poll_that_runs() {
    let runtime = SmolRuntime::with_threads(1).unwrap();
    let (entered, is_in) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let left = Arc::new(AtomicBool::new(false));
    let leaves = left.clone();
    let task = async move {
        entered.send(()).unwrap();
        gate.recv().unwrap();
        leaves.store(true, SeqCst);
    };
    runtime.handle().spawn(task).unwrap();
    is_in.recv().unwrap();
    let opener = thread::spawn(move || open.send(()));
    drop(runtime);
    assert!(left.load(SeqCst));
    opener.join().unwrap().unwrap();
}

#[test]
fn a_spawn_after_the_owner_is_gone_is_refused_and_hands_the_task_back() {
    let handle = SmolRuntime::with_threads(1).unwrap().handle();
    let polls = Arc::new(AtomicUsize::new(0));
    let polled = polls.clone();
    let task = async move {
        polled.fetch_add(1, SeqCst);
    };
    let refused = handle.spawn(task).unwrap_err();
    assert_eq!(polls.load(SeqCst), 0);
    async_io::block_on(refused.into_inner());
    assert_eq!(polls.load(SeqCst), 1);
}

/// Spawns when it is dropped, and tells whether that was refused.
struct SpawnsOnDrop(Smol, mpsc::Sender<bool>);

impl Drop for SpawnsOnDrop {
    fn drop(&mut self) {
        self.1.send(self.0.spawn(async {}).is_err()).unwrap();
    }
}

#[test]
fn a_spawn_from_a_destructor_is_accepted_while_it_runs_and_refused_at_shutdown() {
    let runtime = SmolRuntime::with_threads(1).unwrap();
    let (sender, refused) = mpsc::channel();
    let ends = SpawnsOnDrop(runtime.handle(), sender.clone());
    runtime.handle().spawn(async move { drop(ends) }).unwrap();
    assert!(!refused.recv().unwrap());

    let stays = SpawnsOnDrop(runtime.handle(), sender);
    let task = async move {
        let _stays = stays;
        pending::<()>().await;
    };
    runtime.handle().spawn(task).unwrap();
    drop(runtime);
    assert_eq!(refused.iter().collect::<Vec<_>>(), [true]);
}

#[test]
fn an_owner_that_is_dropped_by_its_own_task_drops_the_others() {
    let runtime = SmolRuntime::with_threads(2).unwrap();
    let handle = runtime.handle();
    let (sender, dropped) = mpsc::channel::<()>();
    let stays = async move {
        let _sender = sender;
        pending::<()>().await;
    };
    handle.spawn(stays).unwrap();
    let (returned, returns) = mpsc::channel();
    let owner = async move {
        drop(runtime);
        returned.send(()).unwrap();
    };
    handle.spawn(owner).unwrap();
    assert_eq!(returns.recv(), Ok(()), "the drop of the owner panicked");
    assert!(dropped.recv().is_err());
    assert!(handle.spawn(async {}).is_err());
}

#[test]
fn no_threads_is_an_error_that_names_the_way_out() {
    let error = SmolRuntime::with_threads(0).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("SmolRuntime::new()"), "{error}");
}

#[test]
fn tasks_run_on_named_threads_which_survive_panics_and_end_with_the_owner() {
    thread_local!(static GONE: std::cell::RefCell<Option<Count>> = const { std::cell::RefCell::new(None) });
    let runtime = SmolRuntime::with_threads(1).unwrap();
    let gone = Arc::new(AtomicUsize::new(0));
    let (name, names) = mpsc::channel();
    runtime
        .handle()
        .spawn(async { std::panic::resume_unwind(Box::new("expected")) })
        .unwrap();
    let count = Count(gone.clone());
    let task = async move {
        GONE.with(|slot| *slot.borrow_mut() = Some(count));
        name.send(thread::current().name().map(str::to_owned))
            .unwrap();
    };
    runtime.handle().spawn(task).unwrap();
    assert_eq!(names.recv().unwrap().as_deref(), Some("steadfast-smol-1"));
    assert_eq!(gone.load(SeqCst), 0);
    drop(runtime);
    assert_eq!(gone.load(SeqCst), 1);
}

#[test]
fn one_thread_is_enough_for_block_on_to_wait_for_a_task() {
    let runtime = SmolRuntime::with_threads(1).unwrap();
    let (send, receive) = async_channel::bounded(1);
    runtime
        .handle()
        .spawn(async move { send.send(7).await.unwrap() })
        .unwrap();
    assert_eq!(runtime.block_on(receive.recv()), Ok(7));
}

#[test]
fn blocking_work_runs_away_from_the_threads_that_poll_and_none_is_lost() {
    let runtime = SmolRuntime::with_threads(1).unwrap();
    let (name, names) = mpsc::channel();
    for _ in 0..200 {
        let name = name.clone();
        let work = move || {
            name.send(thread::current().name().map(str::to_owned))
                .unwrap()
        };
        runtime.handle().spawn_blocking(work).unwrap();
    }
    let names: Vec<_> = names.iter().take(200).flatten().collect();
    assert!(names.iter().all(|name| !name.starts_with("steadfast-smol")));
}

#[test]
fn a_sleep_is_never_early() {
    let runtime = SmolRuntime::with_threads(1).unwrap();
    let at = Instant::now() + Duration::from_millis(5);
    runtime.block_on(runtime.handle().sleep_until(at));
    assert!(Instant::now() >= at);
}
