//! What is tokio's own: its shutdown, its clock, and what is said off a runtime.

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use steadfast_core::{Entry, Spawn, SpawnBlocking, Timer};
use steadfast_tokio::{Tokio, TokioRuntime};
use tokio::runtime::Builder;

/// Adds one to a counter when it is dropped.
struct Count(Arc<AtomicUsize>);

impl Drop for Count {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A task that never ends, and its count of drops.
fn endless(drops: &Arc<AtomicUsize>) -> impl Future<Output = ()> + Send + 'static + use<> {
    let count = Count(drops.clone());
    async move {
        let _count = count;
        pending::<()>().await;
    }
}

fn both() -> [TokioRuntime; 2] {
    [
        TokioRuntime::multi_thread(2).unwrap(),
        TokioRuntime::current_thread().unwrap(),
    ]
}

#[test]
fn dropping_the_owner_drops_each_pending_task_once() {
    for runtime in both() {
        let drops = Arc::new(AtomicUsize::new(0));
        for _ in 0..100 {
            runtime.handle().spawn(endless(&drops)).unwrap();
        }
        assert_eq!(drops.load(SeqCst), 0);
        drop(runtime);
        assert_eq!(drops.load(SeqCst), 100);
    }
}

#[test]
fn a_spawn_after_the_owner_is_gone_is_dropped_once_and_unpolled() {
    for runtime in both() {
        let handle = runtime.handle();
        drop(runtime);
        let (drops, polls) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (count, polled) = (Count(drops.clone()), polls.clone());
        let task = async move {
            polled.fetch_add(1, SeqCst);
            drop(count);
        };
        drop(handle.spawn(task));
        assert_eq!((drops.load(SeqCst), polls.load(SeqCst)), (1, 0));
    }
}

/// Spawns an endless task when it is dropped.
struct SpawnsOnDrop(Tokio, Arc<AtomicUsize>);

impl Drop for SpawnsOnDrop {
    fn drop(&mut self) {
        drop(self.0.spawn(endless(&self.1)));
    }
}

#[test]
fn a_destructor_that_runs_at_shutdown_may_spawn() {
    for runtime in both() {
        let drops = Arc::new(AtomicUsize::new(0));
        let bomb = SpawnsOnDrop(runtime.handle(), drops.clone());
        let task = async move {
            let _bomb = bomb;
            pending::<()>().await;
        };
        runtime.handle().spawn(task).unwrap();
        drop(runtime);
        assert_eq!(drops.load(SeqCst), 1);
    }
}

#[test]
fn an_owner_may_be_dropped_inside_of_another_runtime() {
    for inner in both() {
        let outer = TokioRuntime::current_thread().unwrap();
        let (sender, dropped) = mpsc::channel::<()>();
        let task = async move {
            let _sender = sender;
            pending::<()>().await;
        };
        inner.handle().spawn(task).unwrap();
        outer.block_on(async move { drop(inner) });
        assert!(dropped.recv().is_err());
    }
}

#[test]
fn current_is_an_error_with_the_fix_in_it_off_a_runtime() {
    let text = Tokio::current().unwrap_err().to_string();
    for fix in [
        "Tokio::current()",
        "Tokio::from(handle)",
        "TokioRuntime::new()",
    ] {
        assert!(text.contains(fix), "{fix} is not in: {text}");
    }
}

#[test]
fn current_captures_the_runtime_that_it_was_called_on() {
    let [first, second] = both();
    let captured = first.block_on(async { Tokio::current().unwrap() });
    let (send, receive) = mpsc::channel();
    second.block_on(async {
        let task = async move { send.send(tokio::runtime::Handle::current().id()).unwrap() };
        captured.spawn(task).unwrap();
    });
    let expected = first.block_on(async { tokio::runtime::Handle::current().id() });
    assert_eq!(receive.recv().unwrap(), expected);
}

#[test]
fn no_workers_is_an_error_that_names_the_way_out() {
    let error = TokioRuntime::multi_thread(0).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("current_thread()"));
}

#[test]
fn blocking_work_runs_on_another_thread() {
    for runtime in both() {
        let (send, receive) = mpsc::channel();
        let work = move || send.send(std::thread::current().id()).unwrap();
        runtime.handle().spawn_blocking(work).unwrap();
        assert_ne!(receive.recv().unwrap(), std::thread::current().id());
    }
}

#[test]
fn a_sleep_is_made_off_the_runtime_and_is_never_early() {
    for runtime in both() {
        let at = Instant::now() + Duration::from_millis(5);
        let sleep = runtime.handle().sleep_until(at);
        runtime.block_on(sleep);
        assert!(Instant::now() >= at);
    }
}

#[test]
fn a_paused_clock_is_honoured_from_inside_and_from_outside() {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let runtime = TokioRuntime::from(runtime);
    let handle = runtime.handle();
    let start = handle.now();
    let day = Duration::from_secs(24 * 60 * 60);
    let inside = runtime.block_on(async {
        tokio::time::advance(day).await;
        handle.now()
    });
    assert_eq!((inside, handle.now()), (start + day, start + day));

    runtime.block_on(handle.sleep_until(start + day + day));
    assert!(handle.now() >= start + day + day);
}

#[test]
fn a_runtime_without_a_timer_says_how_to_get_one() {
    let handle = TokioRuntime::from(Builder::new_current_thread().build().unwrap()).handle();
    let payload =
        catch_unwind(AssertUnwindSafe(|| handle.sleep_until(Instant::now()))).unwrap_err();
    let text = payload.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap();
    assert!(
        text.contains("this tokio runtime has no timer") && text.contains("enable_time()"),
        "{text}"
    );
}

#[test]
fn a_sleep_is_pending_before_its_instant() {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let runtime = TokioRuntime::from(runtime);
    let handle = runtime.handle();
    runtime.block_on(async {
        let mut sleep = pin!(handle.sleep_until(handle.now() + Duration::from_secs(1)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(sleep.as_mut().poll(&mut context).is_pending());
    });
}
