//! Flows whose futures are children of a nursery, on threads of their own.
#![cfg(feature = "tokio")]

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use steadfast::flow::iter;
use steadfast::tokio::TokioRuntime;
use steadfast::{
    CancelReason, Flow, FutureExt, Nursery, block_on, for_await, nursery, try_nursery, yield_now,
};
use tokio::sync::oneshot;

fn run<T>(work: impl Future<Output = T>) -> T {
    block_on(&TokioRuntime::multi_thread(4).unwrap(), work)
}

/// A place where threads wait for each other. Only threads that run at the same time get through.
#[derive(Clone, Default)]
struct Meeting(Arc<(Mutex<usize>, Condvar)>);

impl Meeting {
    fn wait_for(&self, threads: usize) {
        let (present, came) = &*self.0;
        let mut present = present.lock().unwrap();
        *present += 1;
        came.notify_all();
        while *present < threads {
            let waited = came.wait_timeout(present, Duration::from_secs(30)).unwrap();
            assert!(!waited.1.timed_out(), "the others do not run");
            present = waited.0;
        }
    }
}

/// A count that a child lowers when it is gone.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, SeqCst);
        Self(count.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[test]
fn children_run_on_threads_of_their_own() {
    let meeting = Meeting::default();
    let threads = run(nursery(async |n| {
        let blocking = |_| {
            let meeting = meeting.clone();
            async move {
                meeting.wait_for(4);
                std::thread::current().id()
            }
        };
        let threads = iter(0..4).map(blocking).spawned(&n, 4);
        let ids: Result<Vec<_>, _> = threads.try_collect().await;
        ids.unwrap()
    }));
    let different: BTreeSet<String> = threads.iter().map(|id| format!("{id:?}")).collect();
    assert_eq!(different.len(), 4);
}

#[test]
fn never_more_than_the_limit_has_been_started_and_not_taken() {
    for ordered in [false, true] {
        let (started, mut taken, mut most) = (Arc::new(AtomicUsize::new(0)), 0, 0);
        run(nursery(async |n| {
            let count = |k: usize| {
                started.fetch_add(1, SeqCst);
                async move {
                    yield_now().await;
                    k
                }
            };
            let source = iter(0..100).map(count);
            let source = match ordered {
                true => source.spawned_ordered(&n, 3),
                false => source.spawned(&n, 3),
            };
            for_await!(k in source => {
                let waiting = started.load(SeqCst) - taken;
                most = most.max(waiting);
                taken += 1;
                assert!(k.unwrap() < 100 && waiting <= 3, "{waiting}");
                yield_now().await;
            });
        }));
        assert_eq!((taken, most), (100, 3));
    }
}

#[test]
fn items_come_as_they_finish() {
    let (mut gates, children) = gated(3);
    let order = run(nursery(async |n| {
        gates[2].take().unwrap().send(()).unwrap();
        let mut order = Vec::new();
        for_await!(k in children.spawned(&n, 3) => {
            let k = k.unwrap();
            order.push(k);
            if k > 0 {
                gates[k - 1].take().unwrap().send(()).unwrap();
            }
        });
        order
    }));
    assert_eq!(order, [2, 1, 0]);
}

#[test]
fn items_come_in_the_order_of_the_futures() {
    let (mut gates, children) = gated(3);
    let order: Result<Vec<_>, _> = run(nursery(async |n| {
        let passed = Arc::new(AtomicUsize::new(0));
        let first = gates[0].take().unwrap();
        gates[1..]
            .iter_mut()
            .for_each(|gate| gate.take().unwrap().send(()).unwrap());
        let count = passed.clone();
        // The first one may go on when the others have ended, or nearly so.
        n.spawn(async move {
            while count.load(SeqCst) < 2 {
                yield_now().await;
            }
            first.send(()).unwrap();
        });
        let children = children.map(|child| {
            let passed = passed.clone();
            async move {
                let k = child.await;
                passed.fetch_add(1, SeqCst);
                k
            }
        });
        children.spawned_ordered(&n, 3).try_collect().await
    }));
    assert_eq!(order.ok(), Some(vec![0, 1, 2]));
}

type Gates = Vec<Option<oneshot::Sender<()>>>;

/// Children that give their numbers when they are let through.
fn gated(count: usize) -> (Gates, impl Flow<Item = impl Future<Output = usize> + Send>) {
    let (gates, waiting): (Gates, Vec<_>) = (0..count)
        .map(|_| {
            let (gate, waiting) = oneshot::channel();
            (Some(gate), waiting)
        })
        .unzip();
    let children = iter(waiting).enumerate().map(|(k, waiting)| async move {
        waiting.await.unwrap();
        k
    });
    (gates, children)
}

/// The handler of each item waits for the child of the next one, which only starts if the flow moves on meanwhile.
#[test]
fn what_has_room_is_started_while_an_item_is_handled() {
    let mut handled = 0;
    run(nursery(async |n| {
        let (mut senders, mut receivers): (Vec<_>, Vec<_>) =
            (0..4).map(|_| oneshot::channel()).unzip();
        receivers.reverse();
        drop(receivers.pop());
        senders.reverse();
        let children = iter(0..4).map(|_| {
            let begun = senders.pop().unwrap();
            async move { _ = begun.send(()) }
        });
        for_await!(item in children.spawned(&n, 1) => {
            item.unwrap();
            handled += 1;
            if let Some(next) = receivers.pop() {
                next.await.unwrap();
            }
        });
    }));
    assert_eq!(handled, 4);
}

#[test]
fn a_panic_is_the_nurserys_and_the_item_says_so() {
    let ended = Arc::new(AtomicUsize::new(0));
    let told = Arc::new(Mutex::new(String::new()));
    let line = line!() + 7;
    let ours = async {
        let children = iter(0..2).map(|k| {
            let ended = ended.clone();
            async move { fails_or_gives_way(k, &ended).await }
        });
        nursery(async |n| {
            for_await!(item in children.spawned(&n.named("pair"), 2) => {
                if let Err(error) = item {
                    assert!(error.is_panic());
                    *told.lock().unwrap() = error.to_string();
                }
            });
        })
        .await;
    };
    let panic = run(AssertUnwindSafe(ours).catch_unwind()).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"the first one"));
    assert_eq!(ended.load(SeqCst), 1);
    let told = told.lock().unwrap();
    assert!(
        told.contains("`pair`") && told.contains(&format!("spawned.rs:{line}:")),
        "{told}"
    );
}

/// The first child panics; the other one ends when it is asked to.
async fn fails_or_gives_way(k: usize, ended: &AtomicUsize) {
    if k == 0 {
        panic!("the first one");
    }
    steadfast::cancelled().await;
    ended.fetch_add(1, SeqCst);
}

#[test]
fn an_error_is_the_nurserys_and_the_item_says_so() {
    let outcome = run(try_nursery(async |n| {
        let children = iter(0..3).map(|k| async move {
            match k {
                1 => Err("no"),
                _ => Ok(k),
            }
        });
        let items: Vec<_> = children.spawned_ordered(&n, 2).collect().await;
        assert!(items[0].is_ok() && items[2].is_ok());
        assert!(items[1].as_ref().is_err_and(|error| error.is_failed()));
        Ok(())
    }));
    assert_eq!(outcome.unwrap_err().primary().error(), Some(&"no"));
}

#[test]
fn a_request_is_seen_by_children_that_are_started_later_and_ends_no_flow() {
    let seen: Vec<_> = run(nursery(async |n| {
        n.cancel(CancelReason::Shutdown);
        let children =
            iter(0..5).map(|_| async { std::future::pending::<()>().or_cancelled().await });
        children.spawned(&n, 2).collect().await
    }));
    assert_eq!(seen.len(), 5);
    assert!(
        seen.into_iter()
            .all(|item| item.is_ok_and(|end| end.is_err()))
    );
}

#[test]
fn children_of_a_flow_that_was_dropped_are_waited_for() {
    let alive = Arc::new(AtomicUsize::new(0));
    let (gate, waiting) = oneshot::channel::<()>();
    let waiting = waiting.shared();
    run(nursery(async |n| {
        let children = iter(0..5).map(|k| {
            let (alive, waiting) = (Alive::new(&alive), waiting.clone());
            async move {
                if k > 0 {
                    waiting.await.unwrap();
                }
                drop(alive);
            }
        });
        for_await!(item in children.spawned(&n, 3) => {
            item.unwrap();
            break;
        });
        // Those that were begun go on; the others have never been asked for.
        assert!((2..=3).contains(&alive.load(SeqCst)));
        gate.send(()).unwrap();
    }));
    assert_eq!(alive.load(SeqCst), 0);
}

#[test]
#[should_panic(expected = "with a limit of 0")]
fn a_limit_of_0_panics_where_it_is_written() {
    run(nursery(async |n| {
        let _ = iter(0..1).map(async |_| ()).spawned(&n, 0);
    }));
}

#[test]
fn a_future_over_it_is_send() {
    fn assert_send<T: Send>(_: T) {}
    fn of(n: &Nursery) -> impl Flow<Item = Result<i32, steadfast::ChildError>> + use<> {
        iter(0..3).map(|k| async move { k }).spawned(n, 2)
    }
    assert_send(nursery(async |n| {
        for_await!(item in of(&n) => {
            yield_now().await;
            drop(item);
        });
    }));
}
