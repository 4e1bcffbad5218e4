//! Plain tasks of async-std beside ported code: an owned one is gone before its owner.
#![allow(
    clippy::async_yields_async,
    reason = "handles are carried out of a nursery, to see that it has waited"
)]

use std::future::{Future, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use async_std::task::JoinHandle;
use steadfast_async_std::{AsyncStd, own};
use steadfast_core::{Builder, Entry, FutureExt, yield_now};

fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    async_std::task::spawn(future)
}

/// Runs `test` on the executor of `async_std::task::spawn`, beneath a root.
fn in_a_nursery(test: impl AsyncFn(AsyncStd)) {
    Builder::on(&AsyncStd).block_on(&AsyncStd, test(AsyncStd));
}

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

/// Counts when it is dropped, and not at once: whoever waits for nobody is seen not to.
struct OnDrop(Count);

impl Drop for OnDrop {
    fn drop(&mut self) {
        std::thread::yield_now();
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

#[test]
fn an_owned_task_ends_before_its_nursery_with_its_value() {
    in_a_nursery(async |runtime| {
        let ended = Count::default();
        let ends = ended.clone();
        let value = Builder::on(&runtime).run(async |n| {
            let task = spawn(async move {
                yield_now().await;
                ends.up();
                7
            });
            n.spawn_with_handle(async { own(task).await.unwrap() })
        });
        let child = value.await;
        assert!(child.is_finished());
        assert_eq!((child.await.unwrap(), ended.get()), (7, 1));
    });
}

#[test]
fn a_request_ends_an_owned_task_and_waits_until_it_is_gone() {
    in_a_nursery(async |runtime| {
        let dropped = Count::default();
        Builder::on(&runtime)
            .run(async |n| {
                let task = spawn(endless(&dropped));
                n.spawn(async { assert!(own(task).await.unwrap_err().is_cancelled()) });
                n.cancel("enough");
            })
            .await;
        assert_eq!(dropped.get(), 1);
    });
}

#[test]
fn a_shielded_one_does_not_hear_of_the_request() {
    in_a_nursery(async |runtime| {
        Builder::on(&runtime)
            .run(async |n| {
                n.cancel("before");
                let task = spawn(async {
                    yield_now().await;
                    7
                });
                assert_eq!(own(task).shielded().await.unwrap(), 7);
            })
            .await;
    });
}

#[test]
fn the_panic_of_an_owned_task_goes_on_from_its_nursery() {
    in_a_nursery(async |runtime| {
        let ended = Builder::on(&runtime).collect_panics().try_run(async |n| {
            let task = spawn(async { panic!("of a plain task") });
            n.spawn(async move { own::<()>(task).await });
            Ok(())
        });
        let failed = ended.await.unwrap_err();
        assert!(failed.to_string().contains("of a plain task"), "{failed}");
    });
}

#[test]
fn whoever_drops_an_owned_task_waits_until_it_is_gone() {
    in_a_nursery(async |runtime| {
        let dropped = Count::default();
        Builder::on(&runtime)
            .run(async |n| {
                let unpolled = spawn(endless(&dropped));
                let half_way = spawn(endless(&dropped));
                n.spawn(async {
                    drop(own(unpolled));
                    let mut half_way = Box::pin(own(half_way));
                    let once = std::future::poll_fn(|cx| {
                        std::task::Poll::Ready(half_way.as_mut().poll(cx).is_pending())
                    });
                    assert!(once.await);
                });
            })
            .await;
        assert_eq!(dropped.get(), 2);
    });
}

#[test]
fn a_child_is_awaited_by_a_plain_task_and_outlives_it() {
    in_a_nursery(async |runtime| {
        let ended = Count::default();
        Builder::on(&runtime)
            .run(async |n| {
                let ends = ended.clone();
                let child = n.spawn_with_handle(async move {
                    yield_now().await;
                    ends.up();
                    7
                });
                assert_eq!(spawn(child).await.unwrap(), 7);
                let ends = ended.clone();
                let child = n.spawn_with_handle(async move {
                    yield_now().await;
                    ends.up();
                });
                // The plain task goes, the child stays.
                drop(spawn(child));
            })
            .await;
        assert_eq!(ended.get(), 2);
    });
}

#[test]
fn dropped_where_nobody_can_wait_it_cancels_the_task_all_the_same() {
    let dropped = Count::default();
    drop(own(spawn(endless(&dropped))));
    while dropped.get() == 0 {
        std::thread::yield_now();
    }
    AsyncStd.block_on(async {});
}
