//! What a task of tokio's gains by belonging to a nursery.

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use steadfast::{AsyncDrop, AsyncDropGuard, CancelReason, FutureExt, Nursery};
use tokio::sync::{Notify, oneshot};

/// Its clean-up awaits, and then counts.
struct Connection(Arc<AtomicUsize>);

impl AsyncDrop for Connection {
    async fn async_drop(self: Pin<&mut Self>) {
        tokio::task::yield_now().await;
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn the_tree_names_the_line_of_the_spawn() {
    let done = Arc::new(Notify::new());
    let wait = Arc::clone(&done);
    let line = line!() + 1;
    let task = tokio::spawn(async move { wait.notified().await });
    let here = format!("{}:{line}", file!());
    let tree = steadfast::tree().to_string();
    assert!(tree.contains(&here), "{here} is not in\n{tree}");
    assert!(
        tree.contains("main"),
        "the future of the test is there, too:\n{tree}"
    );
    done.notify_one();
    task.await.unwrap();
    let tree = steadfast::tree().to_string();
    assert!(!tree.contains(&here), "it has ended, and is in\n{tree}");
}

#[tokio::test]
async fn every_way_to_spawn_is_in_the_tree() {
    let mut set = tokio::task::JoinSet::new();
    let local = tokio::task::LocalSet::new();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let first = line!() + 1;
    set.spawn(pending::<()>());
    set.extend([pending::<()>()]);
    set.spawn_on(pending::<()>(), &tokio::runtime::Handle::current());
    let of_set = local.spawn_local(pending::<()>());
    let blocking = tokio::task::spawn_blocking(move || released.recv());
    let tree = steadfast::tree().to_string();
    for line in first..first + 5 {
        let here = format!("{}:{line}", file!());
        assert!(tree.contains(&here), "{here} is not in\n{tree}");
    }
    drop(release);
    assert!(blocking.await.unwrap().is_err());
    set.shutdown().await;
    drop(local);
    assert!(of_set.await.unwrap_err().is_cancelled());
    let tree = steadfast::tree().to_string();
    for line in first..first + 5 {
        let here = format!("{}:{line}", file!());
        assert!(!tree.contains(&here), "{here} has ended, and is in\n{tree}");
    }
}

#[tokio::test]
async fn clean_ups_are_done_when_the_handle_is_ready() {
    let cleaned = Arc::new(AtomicUsize::new(0));
    let connection = Connection(Arc::clone(&cleaned));
    let task = tokio::spawn(async move {
        drop(AsyncDropGuard::new(connection));
        "value"
    });
    assert_eq!(task.await.unwrap(), "value");
    assert_eq!(cleaned.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn clean_ups_are_done_after_a_panic() {
    let cleaned = Arc::new(AtomicUsize::new(0));
    let connection = Connection(Arc::clone(&cleaned));
    let task = tokio::spawn(async move {
        let _connection = AsyncDropGuard::new(connection);
        panic!("half-way");
    });
    let error = task.await.map(|(): ()| ()).unwrap_err();
    assert!(error.is_panic());
    assert_eq!(cleaned.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_nursery_waits_for_what_is_spawned_in_it_and_for_the_clean_ups_of_an_abort() {
    let cleaned = Arc::new(AtomicUsize::new(0));
    let finished = Arc::new(AtomicUsize::new(0));
    steadfast::nursery(async |_| {
        let connection = Connection(Arc::clone(&cleaned));
        let started = Arc::new(Notify::new());
        let starts = Arc::clone(&started);
        let aborted = tokio::spawn(async move {
            let _connection = AsyncDropGuard::new(connection);
            starts.notify_one();
            pending::<()>().await;
        });
        started.notified().await;
        aborted.abort();
        let finished = Arc::clone(&finished);
        drop(tokio::spawn(async move {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            finished.fetch_add(1, Ordering::SeqCst);
        }));
    })
    .await;
    assert_eq!(finished.load(Ordering::SeqCst), 1);
    assert_eq!(cleaned.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_panic_does_not_touch_the_nursery() {
    let sum = steadfast::nursery(async |n| {
        let task = tokio::spawn(async { panic!("its handle's alone") });
        let sibling = n.spawn_with_handle(async { 2 });
        let error = task.await.map(|(): ()| ()).unwrap_err();
        assert!(error.is_panic());
        assert!(!n.is_cancelled());
        1 + sibling.await.unwrap()
    })
    .await;
    assert_eq!(sum, 3);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_reaches_the_tasks_below_it() {
    let (deadline, reason) = steadfast::with_deadline(Duration::from_secs(5), async {
        tokio::spawn(async {
            let deadline = steadfast::current_deadline();
            (deadline, pending::<()>().or_cancelled().await)
        })
        .await
        .unwrap()
    })
    .await;
    assert!(deadline.is_some());
    assert_eq!(*reason.unwrap_err().reason(), CancelReason::Deadline);
}

#[tokio::test]
async fn a_cancelled_nursery_asks_the_tasks_that_were_spawned_in_it() {
    let heard = steadfast::nursery(async |n| {
        let (tell, told) = oneshot::channel();
        drop(tokio::spawn(async move {
            let cancelled = pending::<()>().or_cancelled().await.unwrap_err();
            tell.send(cancelled.reason().clone())
        }));
        n.cancel(CancelReason::Shutdown);
        told.await
    })
    .await;
    assert_eq!(heard, Ok(CancelReason::Shutdown));
}

#[tokio::test]
async fn a_task_is_aborted_when_grace_is_over() {
    let cleaned = Arc::new(AtomicUsize::new(0));
    let connection = Connection(Arc::clone(&cleaned));
    let mut task = None;
    Nursery::builder()
        .grace(Duration::ZERO)
        .run(async |n| {
            task = Some(tokio::spawn(async move {
                let _connection = AsyncDropGuard::new(connection);
                pending::<()>().await;
            }));
            n.cancel("enough");
        })
        .await;
    assert_eq!(cleaned.load(Ordering::SeqCst), 1);
    assert!(task.unwrap().await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn a_nursery_in_an_aborted_task_is_adopted() {
    let finished = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&finished);
    steadfast::nursery(async |_| {
        let started = Arc::new(Notify::new());
        let go_on = Arc::new(Notify::new());
        let (starts, goes_on) = (Arc::clone(&started), Arc::clone(&go_on));
        let task = tokio::spawn(steadfast::nursery(async move |n| {
            n.spawn(async move {
                starts.notify_one();
                goes_on.notified().await;
                count.fetch_add(1, Ordering::SeqCst);
            });
            pending::<()>().await;
        }));
        started.notified().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        go_on.notify_one();
    })
    .await;
    assert_eq!(finished.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn blocking_work_can_ask_whether_it_is_to_end() {
    let asked = steadfast::nursery(async |n| {
        n.cancel("enough");
        tokio::task::spawn_blocking(steadfast::is_cancelled).await
    })
    .await;
    assert!(asked.unwrap());
}

/// A task that was spawned past the replaced functions is in no nursery; what it spawns belongs to the root of its runtime.
#[tokio::test]
async fn a_plain_task_spawns_below_the_root_of_its_runtime() {
    let handle = tokio::runtime::Handle::current();
    let plain = handle.spawn(async {
        let line = line!() + 1;
        let task = tokio::spawn(pending::<()>());
        let tree = steadfast::tree().to_string();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        (format!("{}:{line}", file!()), tree)
    });
    let (here, tree) = plain.await.unwrap();
    assert!(tree.contains(&here), "{here} is not in\n{tree}");
}

#[tokio::test]
async fn the_destructors_of_an_aborted_task_run_in_its_context() {
    struct Asks(Arc<AtomicUsize>);
    impl Drop for Asks {
        fn drop(&mut self) {
            self.0
                .fetch_add(usize::from(steadfast::is_cancelled()), Ordering::SeqCst);
        }
    }
    let heard = Arc::new(AtomicUsize::new(0));
    steadfast::nursery(async |n| {
        let asks = Asks(Arc::clone(&heard));
        let task = tokio::spawn(async move {
            let _asks = asks;
            pending::<()>().await;
        });
        n.cancel("enough");
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    })
    .await;
    assert_eq!(heard.load(Ordering::SeqCst), 1);
}
