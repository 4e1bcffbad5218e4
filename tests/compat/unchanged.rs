//! Programs as they are written for tokio, which must go on as ever. Nothing here speaks of steadfast.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::{JoinError, JoinHandle, JoinSet, LocalSet};
use tokio::time::{Instant, sleep, timeout};

/// Counts itself out when it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_task_gives_its_value_to_its_handle() {
    let handle: JoinHandle<i32> = tokio::spawn(async { 6 * 7 });
    let same_type: &tokio::task::JoinHandle<i32> = &handle;
    assert!(!same_type.is_finished());
    assert_eq!(handle.await.unwrap(), 42);
}

#[tokio::test]
async fn a_task_goes_on_without_its_handle() {
    let (tell, told) = oneshot::channel();
    drop(tokio::spawn(async move { tell.send("still here") }));
    assert_eq!(told.await, Ok("still here"));
}

#[tokio::test]
async fn abort_drops_the_future_and_says_so() {
    let alive = Arc::new(AtomicUsize::new(0));
    let counted = Counted::new(&alive);
    let started = Arc::new(Notify::new());
    let task = tokio::spawn({
        let started = Arc::clone(&started);
        async move {
            let _counted = counted;
            started.notify_one();
            pending::<()>().await;
        }
    });
    started.notified().await;
    assert_eq!(alive.load(Ordering::SeqCst), 1);
    task.abort();
    let error: JoinError = task.await.unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_task_that_is_aborted_before_it_runs_never_runs() {
    let task = tokio::spawn(async { panic!("it must not run") });
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn a_panic_is_its_handles_alone() {
    let (ask, mut asked) = mpsc::channel::<()>(1);
    let sibling = tokio::spawn(async move { asked.recv().await });
    let what = "all".to_owned();
    let error = tokio::spawn(async move { panic!("{what} wrong") })
        .await
        .map(|(): ()| ())
        .unwrap_err();
    assert!(error.is_panic());
    let payload = error.into_panic();
    assert_eq!(payload.downcast_ref::<String>().unwrap(), "all wrong");
    ask.send(()).await.unwrap();
    assert_eq!(sibling.await.unwrap(), Some(()));
}

#[tokio::test]
async fn a_panic_of_a_destructor_is_the_outcome_of_an_abort() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("on the way out");
        }
    }
    let bomb = Bomb;
    let task = tokio::spawn(async move {
        let _bomb = bomb;
        pending::<()>().await;
    });
    tokio::task::yield_now().await;
    task.abort();
    assert!(task.await.unwrap_err().is_panic());
}

#[tokio::test]
async fn a_join_set_gives_everything_that_it_was_given() {
    let mut set = JoinSet::new();
    for number in 0..10 {
        set.spawn(async move { number });
    }
    set.spawn_blocking(|| 10);
    assert_eq!(set.len(), 11);
    let mut numbers = Vec::new();
    while let Some(number) = set.join_next().await {
        numbers.push(number.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..=10).collect::<Vec<_>>());
    let set: JoinSet<_> = (1..4).map(|number| async move { number }).collect();
    assert_eq!(set.join_all().await.into_iter().sum::<i32>(), 6);
}

#[tokio::test]
async fn a_join_set_aborts_what_is_left() {
    let alive = Arc::new(AtomicUsize::new(0));
    let mut set = JoinSet::new();
    for _ in 0..3 {
        let counted = Counted::new(&alive);
        set.spawn(async move {
            let _counted = counted;
            pending::<()>().await;
        });
    }
    set.shutdown().await;
    assert_eq!(alive.load(Ordering::SeqCst), 0);
    assert!(set.is_empty());
}

#[tokio::test]
async fn blocking_work_returns_and_panics() {
    assert_eq!(tokio::task::spawn_blocking(|| 7).await.unwrap(), 7);
    let error = tokio::task::spawn_blocking(|| panic!("no"))
        .await
        .map(|(): ()| ());
    assert!(error.unwrap_err().is_panic());
}

#[tokio::test]
async fn a_local_set_runs_what_is_not_send() {
    let local = LocalSet::new();
    let shared = Rc::new(Cell::new(1));
    let theirs = Rc::clone(&shared);
    let value = local
        .run_until(async move {
            let inner = Rc::clone(&theirs);
            tokio::task::spawn_local(async move { inner.set(inner.get() + 1) })
                .await
                .unwrap();
            theirs.get()
        })
        .await;
    assert_eq!(value, 2);
    let theirs = Rc::clone(&shared);
    local.spawn_local(async move { theirs.set(10) });
    local.await;
    assert_eq!(shared.get(), 10);
}

#[test]
fn a_local_set_is_entered_by_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let local = LocalSet::new();
    let value = local.block_on(&runtime, async {
        let number = Rc::new(3);
        tokio::task::spawn_local(async move { *number })
            .await
            .unwrap()
    });
    assert_eq!(value, 3);
}

#[tokio::test]
async fn select_takes_what_comes_first() {
    let (tell, told) = oneshot::channel();
    let task = tokio::spawn(async move { tell.send(1).unwrap() });
    let first = tokio::select! {
        value = told => value.unwrap(),
        () = pending() => 2,
    };
    assert_eq!(first, 1);
    task.await.unwrap();
    let (a, b) = tokio::join!(async { 1 }, async { 2 });
    assert_eq!(a + b, 3);
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_jumps() {
    let began = Instant::now();
    let late = timeout(Duration::from_secs(60), tokio::spawn(pending::<()>())).await;
    assert!(late.is_err());
    assert_eq!(began.elapsed(), Duration::from_secs(60));
    tokio::spawn(sleep(Duration::from_secs(3600)))
        .await
        .unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(3660));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_has_the_workers_that_it_asks_for() {
    assert_eq!(tokio::runtime::Handle::current().metrics().num_workers(), 2);
}

#[tokio::main(flavor = "current_thread")]
async fn current_thread_program(number: usize) -> usize {
    let workers = tokio::runtime::Handle::current().metrics().num_workers();
    tokio::spawn(async move { number + workers }).await.unwrap()
}

#[tokio::main(worker_threads = 3)]
async fn multi_thread_program() -> Result<usize, JoinError> {
    let count = || tokio::runtime::Handle::current().metrics().num_workers();
    tokio::spawn(async move { count() }).await
}

#[test]
fn main_takes_its_arguments() {
    assert_eq!(current_thread_program(10), 11);
    assert_eq!(multi_thread_program().unwrap(), 3);
}

#[test]
fn a_runtime_keeps_its_tasks_between_two_entries() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (ask, asked) = oneshot::channel::<u8>();
    let mut task = None;
    runtime.block_on(async { task = Some(tokio::spawn(asked)) });
    ask.send(9).unwrap();
    assert_eq!(runtime.block_on(task.unwrap()).unwrap(), Ok(9));
    let spawned = runtime.spawn(async { 1 });
    assert_eq!(runtime.block_on(spawned).unwrap(), 1);
    assert_eq!(runtime.block_on(runtime.spawn_blocking(|| 2)).unwrap(), 2);
}

#[test]
fn the_panic_of_main_goes_on() {
    #[tokio::main]
    async fn program() {
        panic!("of main");
    }
    let payload = std::panic::catch_unwind(program).unwrap_err();
    assert_eq!(*payload.downcast_ref::<&str>().unwrap(), "of main");
}

#[test]
fn tokios_own_runtime_is_wanted_by_others() {
    fn of_a_library(runtime: &tokio::runtime::Handle) -> usize {
        runtime.metrics().num_workers()
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert!(of_a_library(runtime.handle()) > 0);
    runtime.shutdown_background();
}

#[test]
#[should_panic(expected = "there is no reactor running")]
fn outside_of_a_runtime_spawn_says_what_it_always_said() {
    drop(tokio::spawn(async {}));
}
