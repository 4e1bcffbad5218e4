//! Nurseries whose children stay on their thread, on each local executor.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use steadfast::{
    AsyncDrop, AsyncDropGuard, CancelReason, Entry, FutureExt, Nursery, SpawnLocal, block_on,
    cancelled, nursery_local, settle, try_nursery_local, yield_now,
};

/// What every local executor must show.
fn promises<L: SpawnLocal + Clone>(local: &L, entry: &impl Entry) {
    entry.block_on(async {
        children_share_what_is_not_send(local).await;
        first_failure_asks_the_others_to_end(local).await;
        clean_up_comes_before_the_end(local).await;
    });
}

async fn children_share_what_is_not_send<L: SpawnLocal + Clone>(local: &L) {
    let order = Rc::new(RefCell::new(Vec::new()));
    let value = nursery_local(local, async |n| {
        for name in ["a", "b"] {
            let order = Rc::clone(&order);
            let nursery = n.clone();
            n.spawn(async move {
                order.borrow_mut().push(name);
                yield_now().await;
                let last = Rc::clone(&order);
                nursery.spawn(async move { last.borrow_mut().push("grandchild") });
            });
        }
        n.spawn_with_handle(async { Rc::new(7) }).await.unwrap()
    })
    .await;
    assert_eq!((*value, order.borrow().len()), (7, 4));
    assert_eq!(Rc::strong_count(&order), 1, "the children are gone");
}

async fn first_failure_asks_the_others_to_end<L: SpawnLocal + Clone>(local: &L) {
    let asked = Rc::new(Cell::new(false));
    let result = try_nursery_local(local, async |n| {
        let asked = Rc::clone(&asked);
        n.spawn(async move {
            asked.set(matches!(cancelled().await, CancelReason::Failed(_)));
            Ok(())
        });
        n.spawn(async { Err("broken") });
        pending::<()>().or_cancelled().await.ok();
        Ok(())
    })
    .await;
    assert_eq!(result.unwrap_err().primary().error(), Some(&"broken"));
    assert!(asked.get());
}

struct Noted(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl AsyncDrop for Noted {
    async fn async_drop(self: std::pin::Pin<&mut Self>) {
        yield_now().await;
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}

async fn clean_up_comes_before_the_end<L: SpawnLocal + Clone>(local: &L) {
    let cleaned = std::sync::Arc::default();
    let noted = Noted(std::sync::Arc::clone(&cleaned));
    nursery_local(local, async |n| {
        n.spawn(async move { drop(AsyncDropGuard::new(noted)) });
    })
    .await;
    assert_eq!(cleaned.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[cfg(feature = "tokio")]
#[test]
fn promises_hold_on_a_local_set() {
    use steadfast::tokio::{TokioLocal, TokioRuntime};
    let set = Rc::new(tokio::task::LocalSet::new());
    let runtime = TokioRuntime::current_thread().unwrap();
    struct In<'a>(&'a tokio::task::LocalSet, &'a TokioRuntime);
    impl Entry for In<'_> {
        fn block_on<F: Future>(&self, future: F) -> F::Output {
            self.1.block_on(self.0.run_until(future))
        }
    }
    promises(&TokioLocal::from(&set), &In(&set, &runtime));
}

#[cfg(feature = "tokio")]
#[test]
fn promises_hold_on_a_local_runtime() {
    let runtime = steadfast::tokio::TokioLocalRuntime::new().unwrap();
    promises(&runtime.local(), &runtime);
}

#[cfg(feature = "smol")]
#[test]
fn promises_hold_on_a_local_executor() {
    let runtime = steadfast::smol::SmolLocalRuntime::new().unwrap();
    promises(&runtime.local(), &runtime);
}

/// Without a reactor, which Miri does not know.
#[cfg(feature = "smol")]
#[test]
fn promises_hold_on_a_bare_executor() {
    use async_executor::LocalExecutor;
    use steadfast::smol::SmolLocal;
    struct Bare(Rc<LocalExecutor<'static>>);
    impl Entry for Bare {
        fn block_on<F: Future>(&self, future: F) -> F::Output {
            let mut future = std::pin::pin!(future);
            let mut cx = Context::from_waker(Waker::noop());
            loop {
                if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                    return output;
                }
                while self.0.try_tick() {}
            }
        }
    }
    let executor = Rc::new(LocalExecutor::new());
    promises(&SmolLocal::from(&executor), &Bare(executor));
}

#[test]
fn promises_hold_on_the_local_tasks_of_async_std() {
    let runtime = steadfast_async_std::AsyncStdLocal::new().unwrap();
    promises(&runtime.local(), &runtime);
}

/// A local nursery that is dropped leaves its children to the root, which waits for them.
#[cfg(feature = "tokio")]
#[test]
fn children_of_a_dropped_local_nursery_are_adopted() {
    let runtime = steadfast::tokio::TokioLocalRuntime::new().unwrap();
    let ended = Rc::new(Cell::new(false));
    block_on(&runtime, async {
        let ends = Rc::clone(&ended);
        let mut nursery = Box::pin(nursery_local(&runtime.local(), async |n| {
            n.spawn(async move {
                assert_eq!(cancelled().await, CancelReason::Dropped);
                yield_now().await;
                ends.set(true);
            });
            pending::<()>().await
        }));
        let polled = poll_fn(|cx| Poll::Ready(nursery.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
        drop(nursery);
        settle().await;
    });
    assert!(ended.get());
}

#[cfg(feature = "tokio")]
#[test]
fn deadline_uses_the_clock_of_the_runtime_around() {
    let runtime = steadfast::tokio::TokioLocalRuntime::new().unwrap();
    let reason = runtime.block_on(
        Nursery::builder()
            .deadline(std::time::Duration::from_millis(1))
            .run_local(&runtime.local(), async |n| {
                n.spawn_with_handle(cancelled()).await.unwrap()
            }),
    );
    assert_eq!(reason, CancelReason::Deadline);
}
