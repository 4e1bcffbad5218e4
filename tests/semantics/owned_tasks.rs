//! Plain tasks beside ported code, on each runtime: one that is owned is gone before its owner. What one runtime alone can do is tested
//! in its backend.
#![allow(
    clippy::async_yields_async,
    reason = "a handle is carried out of a nursery, to see that it has waited"
)]

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use crate::alone;
use steadfast::{
    CancelReason, Child, FailureKind, ForeignTask, FutureExt, Nursery, Owned, nursery, yield_now,
};

/// A runtime, and how plain code spawns on it.
trait Plain {
    type Task<T: Send + 'static>: ForeignTask<Value = T>;

    /// As the module of its tests is called.
    const NAME: &str;

    fn block_on<F: Future>(test: F) -> F::Output;
    /// Enters the runtime by itself: there is no root then.
    fn block_on_plainly<F: Future>(test: F) -> F::Output;
    fn owned<T, F>(future: F) -> Owned<Self::Task<T>>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static;
}

macro_rules! plain {
    ($name:ident, $module:literal, $runtime:expr, $block_on:path, $spawn:path, $own:path, $task:ident) => {
        struct $name;

        impl Plain for $name {
            type Task<T: Send + 'static> = $task<T>;

            const NAME: &str = $module;

            fn block_on<F: Future>(test: F) -> F::Output {
                steadfast::block_on(&$runtime, test)
            }

            fn block_on_plainly<F: Future>(test: F) -> F::Output {
                $block_on(test)
            }

            #[track_caller]
            fn owned<T, F>(future: F) -> Owned<$task<T>>
            where
                T: Send + 'static,
                F: Future<Output = T> + Send + 'static,
            {
                $own($spawn(future))
            }
        }
    };
}

use steadfast::async_std::AsyncStdTask;
use steadfast::smol::SmolTask;
use steadfast::tokio::{TokioRuntime, TokioTask};

fn on_threads<F: Future>(test: F) -> F::Output {
    let runtime = ::tokio::runtime::Builder::new_multi_thread().build();
    runtime.unwrap().block_on(test)
}

fn on_one_thread<F: Future>(test: F) -> F::Output {
    let runtime = ::tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(test)
}

plain!(
    TokioMultiThread,
    "tokio_multi_thread",
    TokioRuntime::multi_thread(2).unwrap(),
    on_threads,
    ::tokio::spawn,
    steadfast::tokio::own,
    TokioTask
);
plain!(
    TokioCurrentThread,
    "tokio_current_thread",
    TokioRuntime::current_thread().unwrap(),
    on_one_thread,
    ::tokio::spawn,
    steadfast::tokio::own,
    TokioTask
);
plain!(
    Smol,
    "smol",
    steadfast::smol::GlobalSmol,
    ::smol::block_on,
    ::smol::spawn,
    steadfast::smol::own,
    SmolTask
);
plain!(
    AsyncStd,
    "async_std",
    steadfast::async_std::AsyncStd,
    ::async_std::task::block_on,
    ::async_std::task::spawn,
    steadfast::async_std::own,
    AsyncStdTask
);

/// One test of each case on each runtime.
macro_rules! on_each_runtime {
    ($($case:ident),* $(,)?) => {
        on_each_runtime!(@ tokio_multi_thread TokioMultiThread, $($case)*);
        on_each_runtime!(@ tokio_current_thread TokioCurrentThread, $($case)*);
        on_each_runtime!(@ smol Smol, $($case)*);
        on_each_runtime!(@ async_std AsyncStd, $($case)*);
    };
    (@ $module:ident $plain:ident, $($case:ident)*) => {
        mod $module {
            $(#[test] fn $case() { super::$case::<super::$plain>(); })*
        }
    };
}

on_each_runtime!(
    a_task_ends_before_its_nursery_with_its_value,
    a_request_ends_a_task_and_waits_until_it_is_gone,
    a_value_that_is_there_is_returned_after_a_request,
    giving_way_with_its_task_is_no_failure,
    a_shielded_one_does_not_hear_of_the_request,
    its_panic_goes_on_from_the_nursery_when_all_have_ended,
    whoever_drops_one_waits_until_it_is_gone,
    the_end_of_the_grace_waits_until_it_is_gone,
    dropped_where_nobody_can_wait_it_ends_the_task_all_the_same,
    a_child_outlives_the_plain_task_that_awaits_it,
);

#[derive(Clone, Debug, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn get(&self) -> usize {
        self.0.load(SeqCst)
    }

    fn up(&self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Counts when it is dropped, and takes its time: whoever waits for nobody is seen not to.
struct OnDrop(Count);

impl Drop for OnDrop {
    fn drop(&mut self) {
        std::thread::sleep(std::time::Duration::from_millis(1));
        self.0.up();
    }
}

fn endless(dropped: &Count) -> impl Future<Output = ()> + Send + use<> {
    let guard = OnDrop(dropped.clone());
    async move {
        let _guard = guard;
        pending::<()>().await;
    }
}

/// Whether `future` is still at work after a poll.
async fn polled_once(future: &mut (impl Future + Unpin)) -> bool {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx).is_pending())).await
}

fn a_task_ends_before_its_nursery_with_its_value<P: Plain>() {
    P::block_on(async {
        let ended = Count::default();
        let ends = ended.clone();
        let child: Child<i32> = nursery(async |n| {
            let owned = P::owned(async move {
                yield_now().await;
                ends.up();
                7
            });
            n.spawn_with_handle(async { owned.await.unwrap() })
        })
        .await;
        assert!(child.is_finished());
        assert_eq!((child.await.unwrap(), ended.get()), (7, 1));
    });
}

fn a_request_ends_a_task_and_waits_until_it_is_gone<P: Plain>() {
    P::block_on(async {
        let dropped = Count::default();
        nursery(async |n| {
            let owned = P::owned(endless(&dropped));
            let seen = dropped.clone();
            n.spawn(async move {
                let error = owned.await.unwrap_err();
                assert_eq!(seen.get(), 1, "it returned before its task was gone");
                assert!(error.is_cancelled());
                assert!(matches!(
                    error.cancel_reason(),
                    Some(CancelReason::Requested(_))
                ));
            });
            n.cancel("enough");
        })
        .await;
        assert_eq!(dropped.get(), 1);
    });
}

fn a_value_that_is_there_is_returned_after_a_request<P: Plain>() {
    P::block_on(nursery(async |n| {
        let go = Count::default();
        let goes = go.clone();
        let mut owned = P::owned(async move {
            while go.get() == 0 {
                yield_now().await;
            }
            7
        });
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        let polled = Pin::new(&mut owned).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        goes.up();
        // It is the end of the task that wakes.
        while woken.0.get() == 0 {
            yield_now().await;
        }
        n.cancel("enough");
        assert_eq!(owned.await.unwrap(), 7);
    }));
}

#[derive(Default)]
struct Woken(Count);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.up();
    }
}

fn giving_way_with_its_task_is_no_failure<P: Plain>() {
    P::block_on(async {
        let ended = Nursery::builder().try_run(async |n| {
            let owned = P::owned(pending::<()>());
            n.spawn(owned);
            n.cancel("enough");
            Ok(())
        });
        assert!(ended.await.is_ok());
    });
}

fn a_shielded_one_does_not_hear_of_the_request<P: Plain>() {
    P::block_on(nursery(async |n| {
        n.cancel("before");
        let owned = P::owned(async {
            yield_now().await;
            7
        });
        assert_eq!(owned.shielded().await.unwrap(), 7);
    }));
}

fn its_panic_goes_on_from_the_nursery_when_all_have_ended<P: Plain>() {
    P::block_on(async {
        let ended = Count::default();
        let failed = Nursery::builder().collect_panics().try_run(async |n| {
            n.spawn(P::owned(async { panic!("of a plain task") }));
            let ends = ended.clone();
            n.spawn(async move {
                steadfast::cancelled().await;
                yield_now().await;
                ends.up();
                Ok(())
            });
            Ok(())
        });
        let failed = failed.await.unwrap_err();
        assert!(matches!(failed.primary().kind(), FailureKind::Panicked(_)));
        assert!(failed.to_string().contains("of a plain task"), "{failed}");
        assert_eq!(ended.get(), 1);
    });
}

fn whoever_drops_one_waits_until_it_is_gone<P: Plain>() {
    P::block_on(async {
        let dropped = Count::default();
        nursery(async |n| {
            let unpolled = P::owned(endless(&dropped));
            let mut half_way = P::owned(endless(&dropped));
            n.spawn(async move {
                drop(unpolled);
                assert!(polled_once(&mut half_way).await);
            });
        })
        .await;
        assert_eq!(dropped.get(), 2);
    });
}

fn the_end_of_the_grace_waits_until_it_is_gone<P: Plain>() {
    P::block_on(async {
        let dropped = Count::default();
        let run = Nursery::builder()
            .grace(std::time::Duration::ZERO)
            .run(async |n| {
                let owned = P::owned(endless(&dropped));
                n.spawn(async move {
                    let _owned = owned;
                    pending::<()>().await;
                });
                n.cancel("enough");
            });
        run.await;
        assert_eq!(dropped.get(), 1);
    });
}

fn dropped_where_nobody_can_wait_it_ends_the_task_all_the_same<P: Plain>() {
    let name = format!(
        "owned_tasks::{}::dropped_where_nobody_can_wait_it_ends_the_task_all_the_same",
        P::NAME
    );
    // Any root of the process would wait.
    alone(&name, || {
        P::block_on_plainly(async {
            let dropped = Count::default();
            drop(P::owned(endless(&dropped)));
            while dropped.get() == 0 {
                yield_now().await;
            }
        });
    });
}

fn a_child_outlives_the_plain_task_that_awaits_it<P: Plain>() {
    P::block_on(async {
        let ended = Count::default();
        nursery(async |n| {
            let seven = n.spawn_with_handle(async {
                yield_now().await;
                7
            });
            assert_eq!(P::owned(seven).await.unwrap().unwrap(), 7);
            let (go, ends) = (Count::default(), ended.clone());
            let goes = go.clone();
            let child = n.spawn_with_handle(async move {
                while go.get() == 0 {
                    yield_now().await;
                }
                ends.up();
            });
            let plain = P::owned(child);
            nursery(async |n| {
                n.spawn(async { assert!(plain.await.unwrap_err().is_cancelled()) });
                n.cancel("the plain task goes, the child stays");
            })
            .await;
            assert_eq!(ended.get(), 0);
            goes.up();
        })
        .await;
        assert_eq!(ended.get(), 1);
    });
}
