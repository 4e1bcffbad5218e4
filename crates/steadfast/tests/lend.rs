//! `nursery_with`: data that is lent to children in parallel, and that comes back.
//!
//! Miri does not know the system calls of the runtimes, and runs the same on the simulator.
#![cfg(all(feature = "tokio", feature = "smol"))]

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use steadfast::{
    CancelReason, FailureKind, FutureExt, Lent, Nursery, cancelled, nursery, nursery_with,
    try_nursery_with, yield_now,
};

/// Not `Clone`: what comes back is what was lent.
#[derive(Debug, PartialEq)]
struct Table(Vec<usize>);

fn table() -> Table {
    Table(vec![1, 2, 3])
}

#[cfg_attr(not(miri), steadfast::test)]
#[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
async fn data_come_back_beside_the_value() {
    let lent = table();
    let address = lent.0.as_ptr() as usize;
    let (sum, back) = nursery_with(lent, async |n, table| {
        let parts: Vec<_> = (0..3)
            .map(|index| {
                let table = table.clone();
                n.spawn_with_handle(async move {
                    yield_now().await;
                    table.0[index]
                })
            })
            .collect();
        let mut sum = 0;
        for part in parts {
            sum += part.await.unwrap();
        }
        sum
    })
    .await;
    let back = back.unwrap();
    assert_eq!((sum, back.0.as_ptr() as usize), (6, address));
}

#[cfg_attr(not(miri), steadfast::test)]
#[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
async fn data_come_back_from_an_error_and_from_a_request() {
    let (outcome, back) = try_nursery_with(table(), async |n, table| {
        let reader = table.clone();
        n.spawn(async move {
            assert!(matches!(cancelled().await, CancelReason::Failed(_)));
            yield_now().await;
            assert_eq!(reader.0.len(), 3);
            Ok(())
        });
        n.spawn(async move {
            let _table = table;
            Err("the disk is full")
        });
        Ok(())
    })
    .await;
    assert_eq!(
        outcome.unwrap_err().primary().error(),
        Some(&"the disk is full")
    );
    assert_eq!(back.unwrap(), table());

    let ((), back) = nursery_with(table(), async |n, table| {
        n.spawn_until_cancelled(async move {
            let _table = table;
            pending::<()>().await;
        });
        n.cancel("enough");
    })
    .await;
    assert_eq!(back.unwrap(), table());
}

#[cfg_attr(not(miri), steadfast::test)]
#[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
async fn data_come_back_from_a_panic() {
    for of_the_body in [true, false] {
        let (outcome, back) = try_nursery_with(table(), async |n: Nursery<()>, table| {
            let theirs = table.clone();
            n.spawn(async move {
                let _table = theirs;
                assert!(of_the_body, "a child's");
            });
            assert!(!of_the_body, "the body's");
            cancelled().await;
            drop(table);
            Ok(())
        })
        .await;
        let error = outcome.unwrap_err();
        assert!(matches!(error.primary().kind(), FailureKind::Panicked(_)));
        assert_eq!(error.primary().is_body(), of_the_body);
        assert_eq!(back.unwrap(), table());
    }
}

struct CountDrops(Arc<AtomicUsize>);

impl Drop for CountDrops {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// The call is dropped; its children are adopted, and have the data as long as they run.
#[cfg_attr(not(miri), steadfast::test)]
#[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
async fn data_of_a_dropped_call_stay_with_its_children() {
    let drops = Arc::new(AtomicUsize::new(0));
    let seen = Arc::new(Mutex::new(None));
    let (data, asks) = (CountDrops(Arc::clone(&drops)), Arc::clone(&seen));
    nursery(async |_| {
        let mut call = Box::pin(nursery_with(data, async |n, data| {
            n.spawn(async move {
                assert_eq!(cancelled().await, CancelReason::Dropped);
                yield_now().await;
                *asks.lock().unwrap() = Some(data.0.load(SeqCst));
            });
            pending::<()>().await;
        }));
        let polled = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
        drop(call);
    })
    .await;
    assert_eq!(*seen.lock().unwrap(), Some(0), "it had them to its end");
    assert_eq!(drops.load(SeqCst), 1);
}

#[cfg_attr(not(miri), steadfast::test)]
#[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
async fn part_that_is_carried_out_keeps_the_data_lent() {
    let (escaped, back): (Lent<Table>, _) = nursery_with(table(), async |_, table| table).await;
    let still = back.unwrap_err();
    assert!(still.to_string().contains("has left its nursery"));
    let ours = still.into_lent();
    assert_eq!(*ours, table());
    let ours = ours.into_inner().unwrap_err().into_lent();
    drop(escaped);
    assert_eq!(ours.into_inner().unwrap(), table());
}

/// Work that must be completed is dropped elsewhere, when its nursery has returned, and finished by an outer one.
#[cfg_attr(not(miri), steadfast::test)]
#[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
async fn rest_that_is_adopted_further_out_gives_its_part_back_at_its_end() {
    type Rest = Pin<Box<dyn Future<Output = ()> + Send>>;
    let carried: Arc<Mutex<Option<Rest>>> = Arc::default();
    let lent = nursery(async |_| {
        let carry = Arc::clone(&carried);
        let ((), back) = nursery_with(table(), async move |n, table| {
            n.spawn(async move {
                let mut waited = false;
                let work = async move {
                    poll_fn(|_| match std::mem::replace(&mut waited, true) {
                        true => Poll::Ready(()),
                        false => Poll::Pending,
                    })
                    .await;
                    assert_eq!(table.0.len(), 3);
                };
                let mut rest: Rest = Box::pin(work.must_complete());
                let polled = poll_fn(|cx| Poll::Ready(rest.as_mut().poll(cx))).await;
                assert!(polled.is_pending());
                *carry.lock().unwrap() = Some(rest);
            });
        })
        .await;
        let lent = back.unwrap_err().into_lent();
        let rest = carried.lock().unwrap().take();
        drop(rest);
        lent
    })
    .await;
    assert_eq!(lent.into_inner().unwrap(), table());
}
