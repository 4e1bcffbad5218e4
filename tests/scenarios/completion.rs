//! C: work that must be completed.

use std::collections::VecDeque;
use std::future::{Future, pending};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt as _;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use steadfast::{
    AsyncDropGuard, CancelReason, FutureExt, Nursery, assert_cancel_safe, cancelled, nursery,
    scope, timeout, yield_now,
};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::probe::{Connection, Count, SpawnsItsCleanup, collect_reports, ends, ms, reports_with};

/// Two steps that belong together.
async fn transfer(begun: &Count, ended: &Count) -> u32 {
    begun.add();
    sleep(ms(10)).await;
    ended.add();
    7
}

#[tokio::test(start_paused = true)]
async fn c01_shielded_work_is_finished_before_a_timeout_returns() {
    let (begun, ended) = (Count::default(), Count::default());
    let raw = tokio::time::timeout(ms(5), transfer(&begun, &ended)).await;
    assert!(raw.is_err());
    assert_eq!((begun.get(), ended.get()), (1, 0));

    let start = Instant::now();
    let region = async {
        let value = transfer(&begun, &ended).shielded().await;
        pending::<()>().await;
        value
    };
    let late = timeout(ms(5), assert_cancel_safe(region)).await;
    assert!(late.is_err());
    assert_eq!((ended.get(), start.elapsed()), (1, ms(10)));

    // A value that comes while the region may not be dropped is a value.
    let region = async { transfer(&begun, &ended).shielded().await };
    let value = timeout(ms(5), assert_cancel_safe(region)).await;
    assert_eq!((value.ok(), ended.get()), (Some(7), 2));
}

#[tokio::test(start_paused = true)]
async fn c02_a_panic_whose_receiver_is_gone_is_not_lost() {
    async fn fails() -> u32 {
        sleep(ms(5)).await;
        panic!("nobody listens");
    }
    let unheard = AssertUnwindSafe(async {
        drop(tokio::spawn(fails()));
        sleep(ms(10)).await;
    });
    assert!(unheard.catch_unwind().await.is_ok());

    let ours = nursery(async |n| drop(n.spawn_with_handle(fails())));
    let payload = AssertUnwindSafe(ours).catch_unwind().await.unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"nobody listens"));

    // And one that was dropped half-way, and taken over.
    let ours = nursery(async |_| {
        let work = fails().must_complete();
        assert!(timeout(ms(1), assert_cancel_safe(work)).await.is_err());
    });
    let payload = AssertUnwindSafe(ours).catch_unwind().await.unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"nobody listens"));
}

#[tokio::test(start_paused = true)]
async fn c03_who_ignores_a_request_is_dropped_after_the_grace_and_who_honours_it_ends_by_itself() {
    // An abort asks nobody, and a clean-up that a destructor has spawned is nobody's.
    let (finalized, cleaned) = (Count::default(), Count::default());
    let (after, connection) = (finalized.clone(), SpawnsItsCleanup(cleaned.clone()));
    let task = tokio::spawn(async move {
        let _connection = connection;
        sleep(ms(20)).await;
        after.add();
    });
    sleep(ms(10)).await;
    task.abort();
    assert!(task.await.is_err());
    assert_eq!((finalized.get(), cleaned.get()), (0, 0));

    let (asked, dropped, cleaned) = (Count::default(), Count::default(), Count::default());
    let (alive, connection) = (dropped.on_drop(), Connection(cleaned.clone()));
    let honoured = asked.clone();
    let start = Instant::now();
    Nursery::builder()
        .grace(ms(100))
        .run(async |n| {
            n.spawn(async move {
                cancelled().await;
                sleep(ms(20)).await;
                honoured.add();
            });
            n.spawn(async move {
                let _connection = AsyncDropGuard::new(connection);
                let _alive = alive;
                pending::<()>().await;
            });
            yield_now().await;
            n.cancel(CancelReason::Shutdown);
            sleep(ms(50)).await;
            assert_eq!((asked.get(), dropped.get()), (1, 0));
        })
        .await;
    assert_eq!((dropped.get(), cleaned.get()), (1, 1));
    assert_eq!(start.elapsed(), ms(101));
}

#[tokio::test(start_paused = true)]
async fn c04_work_that_must_complete_and_cannot_is_reported_once_with_its_place() {
    collect_reports();
    let (begun, ended) = (Count::default(), Count::default());
    let cut = || reports_with(&["lost the work", "completion.rs"]);

    let raw = tokio::time::timeout(ms(5), transfer(&begun, &ended)).await;
    assert!(raw.is_err());
    assert_eq!((begun.get(), ended.get()), (1, 0), "and nobody is told");
    let (begun, ended) = (Count::default(), Count::default());

    // Where a nursery is, it is finished, and nothing is reported.
    nursery(async |_| {
        let (begun, ended) = (begun.clone(), ended.clone());
        let work = async move { transfer(&begun, &ended).await }.must_complete();
        let cut_short = timeout(ms(5), assert_cancel_safe(work)).await;
        assert!(cut_short.is_err());
    })
    .await;
    assert_eq!((begun.get(), ended.get(), cut()), (1, 1, 0));
    let unwound = nursery(async |_| {
        let (begun, ended) = (begun.clone(), ended.clone());
        let mut work = pin!(async move { transfer(&begun, &ended).await }.must_complete());
        assert!(work.as_mut().now_or_never().is_none());
        panic!("somewhere else");
    });
    let unwound = AssertUnwindSafe(unwound).catch_unwind().await;
    assert!(unwound.is_err());
    assert_eq!((begun.get(), ended.get(), cut()), (2, 2, 0));

    // Where none is, the loss is told, once.
    let cx = &mut Context::from_waker(Waker::noop());
    let line = line!() + 1;
    let mut work = Box::pin(pending::<()>().must_complete());
    assert!(work.as_mut().poll(cx).is_pending());
    drop(work);
    let here = format!("completion.rs:{line}:");
    assert_eq!((cut(), reports_with(&[&here])), (1, 1));

    // Not if it has completed, has not begun, or has panicked itself.
    let work = |fails: bool| {
        let work = async move {
            yield_now().await;
            assert!(!fails, "it fails");
        };
        work.must_complete()
    };
    ends(work(false)).await;
    drop(work(false));
    let panicked = AssertUnwindSafe(work(true)).catch_unwind().await;
    assert_eq!((panicked.is_err(), cut()), (true, 1));
}

/// Bytes arrive one by one; the device fills a buffer that it owns meanwhile.
async fn fill(device: Arc<Mutex<VecDeque<u8>>>, mut buffer: Vec<u8>) -> Vec<u8> {
    while buffer.len() < 4 {
        sleep(ms(3)).await;
        buffer.extend(device.lock().unwrap().pop_front());
    }
    buffer
}

#[tokio::test(start_paused = true)]
async fn c05_a_read_into_an_owned_buffer_gives_buffer_and_data_to_the_next_reader() {
    let device = || Arc::new(Mutex::new(VecDeque::from(*b"HEADbody")));
    // The buffer is gone with the future, and what had come with it.
    let raw = device();
    let first = tokio::time::timeout(ms(7), fill(raw.clone(), Vec::new())).await;
    assert!(first.is_err());
    assert_eq!(fill(raw, Vec::new()).await, b"ADbo");

    let (device, buffer) = (device(), Vec::with_capacity(8));
    let place = buffer.as_ptr();
    nursery(async |n| {
        let mut read = n.spawn_with_handle(fill(device, buffer));
        assert!(timeout(ms(7), &mut read).await.is_err());
        let buffer = timeout(ms(20), &mut read).await.unwrap().unwrap();
        assert_eq!((&*buffer, buffer.as_ptr()), (&b"HEAD"[..], place));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn c06_of_a_scope_that_is_dropped_all_that_must_complete_is_completed() {
    let (begun, ended) = (Count::default(), Count::default());
    let mut children: FuturesUnordered<_> = (0..3).map(|_| transfer(&begun, &ended)).collect();
    let raw = tokio::time::timeout(ms(5), children.next()).await;
    assert!(raw.is_err());
    drop(children);
    sleep(ms(10)).await;
    assert_eq!((begun.get(), ended.get()), (3, 0));

    let (begun, ended, plain) = (Count::default(), Count::default(), Count::default());
    nursery(async |_| {
        let children = scope(async |s| {
            for _ in 0..3 {
                let (begun, ended) = (begun.clone(), ended.clone());
                s.spawn(
                    async move {
                        transfer(&begun, &ended).await;
                    }
                    .must_complete(),
                );
            }
            s.spawn(async {
                sleep(ms(10)).await;
                plain.add();
            });
        });
        assert!(timeout(ms(5), assert_cancel_safe(children)).await.is_err());
        assert_eq!((begun.get(), ended.get()), (3, 0));
    })
    .await;
    assert_eq!((ended.get(), plain.get()), (3, 0));
}

#[test]
fn c07_a_scope_that_is_forgotten_leaves_nothing_that_could_be_reached() {
    let dropped = Count::default();
    let text = Mutex::new(String::from("borrowed"));
    let (sender, receiver) = oneshot::channel::<()>();
    let mut children = Box::pin(scope(async |s| {
        let alive = dropped.on_drop();
        s.spawn(async {
            let _alive = alive;
            let _ = receiver.await;
            text.lock().unwrap().push_str(" for too long");
        });
    }));
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(matches!(children.as_mut().poll(cx), Poll::Pending));
    std::mem::forget(children);
    // The waker of the child is in the channel still: to wake it finds nobody, and touches nothing of what it borrowed.
    sender.send(()).unwrap();
    assert_eq!(text.into_inner().unwrap(), "borrowed");
    assert_eq!(dropped.get(), 0);

    // Dropped, it takes its children with it.
    let (_sender, receiver) = oneshot::channel::<()>();
    let mut children = pin!(Some(scope(async |s| {
        let alive = dropped.on_drop();
        s.spawn(async {
            let _alive = alive;
            let _ = receiver.await;
        });
    })));
    assert!(
        children
            .as_mut()
            .as_pin_mut()
            .unwrap()
            .poll(cx)
            .is_pending()
    );
    children.set(None);
    assert_eq!(dropped.get(), 1);
}
