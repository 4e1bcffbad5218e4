//! B: what a source has in progress while its items are handled.

use std::cell::RefCell;
use std::future::{Future, pending, ready};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::stream::{self, FuturesUnordered};
use futures_util::{FutureExt, Stream, StreamExt};
use steadfast::flow::{StreamBridge, empty, iter, merge_all, once};
use steadfast::{Flow, FlowExt, assert_cancel_safe, flow, for_await, merge, timeout};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep};

use crate::probe::{Count, Lock, ends, hangs, ms, takes, turn};

pub(crate) fn three_holds(lock: &Lock) -> impl Iterator<Item = impl Future<Output = ()>> {
    (0..3).map(|_| lock.hold())
}

#[tokio::test(start_paused = true)]
async fn b01_body_takes_the_lock_that_a_buffered_future_holds() {
    let lock = Lock::default();
    let raw = hangs(async {
        let mut buffered = pin!(stream::iter(three_holds(&lock)).buffered(2));
        while let Some(()) = buffered.next().await {
            lock.hold().await;
        }
    });
    assert!(raw.await);

    for ordered in [false, true] {
        let lock = Lock::default();
        let mut items = 0;
        ends(async {
            let source = iter(three_holds(&lock));
            let source = if ordered {
                source.concurrent_ordered(2)
            } else {
                source.concurrent(2)
            };
            for_await!(() in source => {
                lock.hold().await;
                items += 1;
            });
        })
        .await;
        assert_eq!(items, 3);
    }
}

#[tokio::test(start_paused = true)]
async fn b01_without_an_allocator() {
    for ordered in [false, true] {
        let lock = Lock::default();
        let mut items = 0;
        ends(async {
            let source = iter(three_holds(&lock));
            let source = if ordered {
                source.concurrent_ordered_fixed::<2>()
            } else {
                source.concurrent_fixed::<2>()
            };
            for_await!(() in source => {
                lock.hold().await;
                items += 1;
            });
        })
        .await;
        assert_eq!(items, 3);
    }
}

#[tokio::test(start_paused = true)]
async fn b02_body_takes_the_lock_that_one_of_a_set_holds() {
    let lock = Lock::default();
    let raw = hangs(async {
        let mut set: FuturesUnordered<_> = three_holds(&lock).collect();
        while let Some(()) = set.next().await {
            lock.hold().await;
        }
    });
    assert!(raw.await);

    let lock = Lock::default();
    let all = iter(three_holds(&lock)).concurrent(3);
    ends(all.for_each(async |()| lock.hold().await)).await;
}

/// Two items, each after a while with the lock.
fn two_holds(lock: &Lock) -> impl Stream<Item = ()> + Unpin + use<> {
    let lock = lock.clone();
    Box::pin(stream::iter(0..2).then(move |_| {
        let lock = lock.clone();
        async move { lock.hold().await }
    }))
}

/// A loop over `merged`, whose body takes the lock that one of the merged sources may hold.
async fn takes_lock_in_body(lock: &Lock, merged: impl Stream<Item = ()>) {
    let mut merged = pin!(merged);
    while let Some(()) = merged.next().await {
        lock.hold().await;
    }
}

/// The same over ours; gives the number of items.
async fn bodies_that_take(lock: &Lock, merged: impl Flow<Item = ()>) -> usize {
    let mut items = 0;
    ends(async {
        for_await!(() in merged => {
            lock.hold().await;
            items += 1;
        });
    })
    .await;
    items
}

#[tokio::test(start_paused = true)]
async fn b03_body_takes_the_lock_that_a_merged_source_holds() {
    let lock = Lock::default();
    let (one, other) = (two_holds(&lock), two_holds(&lock));
    let merged = tokio_stream::StreamExt::merge(one, other);
    assert!(hangs(takes_lock_in_body(&lock, merged)).await);
    let lock = Lock::default();
    let merged = stream::select(two_holds(&lock), two_holds(&lock));
    assert!(hangs(takes_lock_in_body(&lock, merged)).await);

    let lock = Lock::default();
    let source = |lock: &Lock| two_holds(lock).assume_serial();
    let merged = source(&lock).merge(source(&lock));
    assert_eq!(bodies_that_take(&lock, merged).await, 4);
}

#[tokio::test(start_paused = true)]
async fn b04_body_takes_the_lock_that_one_of_many_merged_sources_holds() {
    use futures_concurrency::stream::Merge;

    let lock = Lock::default();
    let merged = [0; 3].map(|_| two_holds(&lock)).merge();
    assert!(hangs(takes_lock_in_body(&lock, merged)).await);

    let lock = Lock::default();
    let merged = merge_all([0; 3].map(|_| two_holds(&lock).assume_serial()));
    assert_eq!(bodies_that_take(&lock, merged).await, 6);
}

#[tokio::test(start_paused = true)]
async fn b05_concurrent_bodies_need_no_help() {
    // Not a failure: what the others starve is their source, and bodies that run at the same time are a part of it.
    let lock = Lock::default();
    let both = stream::iter(0..3).map(async |_| {
        lock.hold().await;
        lock.hold().await;
    });
    ends(both.for_each_concurrent(3, |body| body)).await;

    let lock = Lock::default();
    let both = iter(0..3).map(async |_| {
        lock.hold().await;
        lock.hold().await;
    });
    ends(both.concurrent(3).for_each(|()| ready(()))).await;
}

/// Four operations, each with a permit for its time; the first one gives its permit away with its item.
fn operations_with_permits(
    permits: &Arc<Semaphore>,
) -> impl Iterator<Item = impl Future<Output = Option<OwnedSemaphorePermit>>> {
    let permits = permits.clone();
    (0..4).map(move |n| {
        let permits = permits.clone();
        async move {
            let permit = permits.acquire_owned().await.unwrap();
            sleep(ms(5)).await;
            (n == 0).then_some(permit)
        }
    })
}

#[tokio::test(start_paused = true)]
async fn b06_body_holds_one_permit_and_needs_another() {
    let permits = Arc::new(Semaphore::new(2));
    let raw = hangs(async {
        let operations = stream::iter(operations_with_permits(&permits));
        let mut buffered = pin!(operations.buffer_unordered(2));
        while let Some(_given) = buffered.next().await {
            let _one_more = permits.acquire().await.unwrap();
        }
    });
    assert!(
        raw.await,
        "the other permit is held by an operation that nobody polls"
    );

    let permits = Arc::new(Semaphore::new(2));
    let mut items = 0;
    ends(async {
        for_await!(_given in iter(operations_with_permits(&permits)).concurrent(2) => {
            let _one_more = permits.acquire().await.unwrap();
            items += 1;
        });
    })
    .await;
    assert_eq!((items, permits.available_permits()), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn b07_the_engine_alone_starves_as_well() {
    use futures_buffered::BufferedStreamExt;

    let lock = Lock::default();
    let raw = hangs(async {
        let mut buffered = pin!(stream::iter(three_holds(&lock)).buffered_unordered(2));
        while let Some(()) = buffered.next().await {
            lock.hold().await;
        }
    });
    assert!(raw.await);

    // It is what `concurrent` runs its futures on.
    let lock = Lock::default();
    let flow = iter(three_holds(&lock)).concurrent(2);
    assert_eq!(bodies_that_take(&lock, flow).await, 3);
}

#[tokio::test(start_paused = true)]
async fn b08_a_source_moves_while_there_is_no_room_for_its_next_future() {
    use futures_concurrency::prelude::*;

    let lock = Lock::default();
    let raw = hangs(async {
        let merged = [0; 3].map(|_| two_holds(&lock)).merge().co();
        let one = std::num::NonZeroUsize::new(1);
        merged.limit(one).for_each(|()| lock.hold()).await;
    });
    assert!(raw.await);

    let lock = Lock::default();
    let source = |lock: &Lock| {
        let lock = lock.clone();
        iter(0..2).then(move |_| {
            let lock = lock.clone();
            async move { lock.hold().await }
        })
    };
    let merged = source(&lock).merge(source(&lock)).merge(source(&lock));
    let mut items = 0;
    ends(async {
        for_await!(() in merged.map(|()| lock.hold()).concurrent(1) => items += 1);
    })
    .await;
    assert_eq!(items, 6);
}

/// Operations that a server would end after 40 ms, over a body of 50 ms: how many would have been too slow.
async fn late_operations<S>(consume: impl FnOnce(Rc<RefCell<Vec<u128>>>) -> S) -> usize
where
    S: Future<Output = ()>,
{
    let durations = Rc::new(RefCell::new(Vec::new()));
    consume(durations.clone()).await;
    let durations = durations.borrow();
    assert_eq!(durations.len(), 8);
    durations
        .iter()
        .filter(|&&milliseconds| milliseconds > 40)
        .count()
}

fn operations(durations: Rc<RefCell<Vec<u128>>>) -> impl Iterator<Item = impl Future<Output = ()>> {
    (0..8).map(move |_| {
        let durations = durations.clone();
        async move {
            let start = Instant::now();
            sleep(ms(10)).await;
            sleep(ms(10)).await;
            durations.borrow_mut().push(start.elapsed().as_millis());
        }
    })
}

#[tokio::test(start_paused = true)]
async fn b09_operations_are_not_late_because_of_the_body() {
    let raw = late_operations(async |durations| {
        let mut buffered = pin!(stream::iter(operations(durations)).buffer_unordered(4));
        while let Some(()) = buffered.next().await {
            sleep(ms(50)).await;
        }
    });
    assert_eq!(raw.await, 6);

    let ours = late_operations(async |durations| {
        for_await!(() in iter(operations(durations)).concurrent(4) => sleep(ms(50)).await);
    });
    assert_eq!(ours.await, 0);
}

#[tokio::test(start_paused = true)]
async fn b10_all_that_may_start_is_started_before_the_first_item() {
    let started = Count::default();
    let futures = |started: &Count| {
        let started = started.clone();
        (0..8).map(move |_| {
            let started = started.clone();
            async move { started.add() }
        })
    };
    let mut buffered = pin!(stream::iter(futures(&started)).buffer_unordered(4));
    buffered.next().await;
    assert_eq!(started.get(), 1, "`buffer_unordered` has changed");

    let (alloc, fixed) = (Count::default(), Count::default());
    for_await!(() in iter(futures(&alloc)).concurrent(4) => {
        assert_eq!(alloc.get(), 4);
        break;
    });
    for_await!(() in iter(futures(&fixed)).concurrent_ordered_fixed::<4>() => {
        assert_eq!(fixed.get(), 4);
        break;
    });
}

#[tokio::test(start_paused = true)]
async fn b11_requests_move_while_their_bodies_are_written() {
    // A request ends when its body has been written, and the body can be written when the request has been sent.
    struct Request {
        sent: Notify,
        written: Notify,
    }
    impl Request {
        fn new() -> Self {
            let [sent, written] = [(); 2].map(|()| Notify::new());
            Self { sent, written }
        }
        async fn send(&self) {
            turn().await;
            self.sent.notify_one();
            self.written.notified().await;
        }
    }
    let request = Request::new();
    let raw = hangs(async {
        let mut parked = FuturesUnordered::from_iter([request.send()]);
        assert!(parked.next().now_or_never().is_none());
        request.sent.notified().await;
        request.written.notify_one();
        parked.next().await;
    });
    assert!(raw.await, "a request that is parked is sent now");

    let request = Request::new();
    let mut responses = 0;
    ends(async {
        merge! {
            () in iter([request.send()]).concurrent(1) => responses += 1,
            () in once(ready(())) => {
                request.sent.notified().await;
                request.written.notify_one();
            }
        }
        .await;
    })
    .await;
    assert_eq!(responses, 1);
}

/// A generator over a buffer of operations that hold the lock.
pub(crate) fn generated(lock: &Lock) -> impl Flow<Item = u32> {
    flow! {
        for_await!(() in iter(three_holds(lock)).concurrent(2) => {
            yield 1;
        });
    }
}

#[tokio::test(start_paused = true)]
async fn b12_a_generator_over_a_buffer_forwards_progress() {
    let lock = Lock::default();
    let raw = hangs(async {
        let buffered = Box::pin(stream::iter(three_holds(&lock)).buffered(2));
        let mut generator = pin!(async_stream::stream! {
            for await () in buffered {
                yield 1;
            }
        });
        while let Some(_n) = generator.next().await {
            lock.hold().await;
        }
    });
    assert!(raw.await);

    let lock = Lock::default();
    let mut items = 0;
    ends(async {
        for_await!(n in generated(&lock) => {
            lock.hold().await;
            items += n;
        });
    })
    .await;
    assert_eq!(items, 3);
}

/// Five timers, which tell how late they were.
fn timers() -> impl Iterator<Item = impl Future<Output = Duration>> {
    let start = Instant::now();
    (1..=5).map(move |n| async move {
        tokio::time::sleep_until(start + ms(10 * n)).await;
        start.elapsed() - ms(10 * n)
    })
}

#[tokio::test(start_paused = true)]
async fn b13_inner_timers_are_not_late() {
    let mut late = ms(0);
    let mut buffered = pin!(stream::iter(timers()).buffer_unordered(5));
    while let Some(lateness) = buffered.next().await {
        sleep(ms(50)).await;
        late = late.max(lateness);
    }
    assert!(late >= ms(150), "{late:?}");

    late = ms(0);
    for_await!(lateness in iter(timers()).concurrent(5) => {
        sleep(ms(50)).await;
        late = late.max(lateness);
    });
    assert_eq!(late, ms(0));
}

#[tokio::test(start_paused = true)]
async fn b14_fetches_overlap_with_the_body() {
    let fetches = || (0..10).map(async |_| sleep(ms(5)).await);
    let raw = takes(async {
        let mut buffered = pin!(stream::iter(fetches()).buffer_unordered(5));
        while let Some(()) = buffered.next().await {
            sleep(ms(5)).await;
        }
    });
    assert!(raw.await > ms(55));

    let ours = takes(async {
        for_await!(() in iter(fetches()).concurrent(5) => sleep(ms(5)).await);
    });
    assert_eq!(ours.await, ms(55));
}

#[tokio::test(start_paused = true)]
async fn b15_never_more_than_the_limit_is_outstanding() {
    // A task that pumps keeps the operations moving, and runs ahead of whoever handles their outputs.
    let claimed = Count::default();
    let operations = stream::iter(0..50_u64).map({
        let claimed = claimed.clone();
        move |n| {
            claimed.add();
            async move {
                sleep(ms(n % 7)).await;
                n
            }
        }
    });
    let (sender, mut receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut buffered = pin!(operations.buffer_unordered(5));
        while let Some(n) = buffered.next().await {
            sender.send(n).await.unwrap();
        }
    });
    let (mut handled, mut at_most) = (0, 0);
    while let Some(_n) = receiver.recv().await {
        handled += 1;
        sleep(ms(3)).await;
        at_most = at_most.max(claimed.get() - handled);
    }
    assert!(handled == 50 && at_most > 5, "{at_most}");

    let (claimed, handed_out) = (Count::default(), Count::default());
    let source = iter(0..50_u64).inspect(|_| claimed.add()).map(async |n| {
        sleep(ms(n % 7)).await;
        n
    });
    let mut at_most = 0;
    for_await!(_n in source.concurrent(5) => {
        handed_out.add();
        at_most = at_most.max(claimed.get() - handed_out.get());
        sleep(ms(3)).await;
        at_most = at_most.max(claimed.get() - handed_out.get());
    });
    assert_eq!((at_most, handed_out.get()), (5, 50));
}

#[test]
#[cfg(debug_assertions)]
fn b16_progress_in_the_wrong_moment_names_the_caller() {
    let mut waiting = pin!(iter([std::future::pending::<()>()]).concurrent(1));
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(waiting.as_mut().poll_next(cx).is_pending());
    let line = line!() + 1;
    let call = AssertUnwindSafe(|| waiting.as_mut().poll_progress(cx));
    let payload = std::panic::catch_unwind(call).unwrap_err();
    let text = payload.downcast_ref::<String>().unwrap();
    assert!(text.contains(&format!("starvation.rs:{line}")), "{text}");
}

#[tokio::test(start_paused = true)]
async fn b17_a_body_that_panics_or_is_dropped_drops_what_is_in_progress_in_order() {
    /// Says when it is dropped.
    struct Names<'a>(u32, &'a RefCell<Vec<u32>>);

    impl Drop for Names<'_> {
        fn drop(&mut self) {
            self.1.borrow_mut().push(self.0);
        }
    }
    for panics in [true, false] {
        let (polled, dropped) = (Count::default(), RefCell::default());
        let futures = (0..4).map(|n| {
            let (named, polled) = (Names(n, &dropped), polled.clone());
            async move {
                let _named = named;
                polled.add();
                if n > 0 {
                    pending::<()>().await;
                }
            }
        });
        let looped = async {
            for_await!(() in iter(futures).concurrent(4) => {
                assert_eq!(*dropped.borrow(), [0]);
                assert!(!panics, "body");
                pending::<()>().await;
            });
        };
        let late = timeout(ms(5), assert_cancel_safe(looped));
        let left = AssertUnwindSafe(late).catch_unwind().await;
        assert_eq!(left.is_err(), panics);
        assert_eq!((polled.get(), dropped.take()), (4, vec![0, 1, 2, 3]));
    }
}

#[tokio::test(start_paused = true)]
async fn b18_empty_ended_and_always_ready_flows() {
    for_await!(_n in empty::<u32>() => unreachable!());

    let mut seen = Vec::new();
    for_await!(n in iter(0..1).map(async |n| n).concurrent(4) => {
        turn().await;
        seen.push(n);
    });
    assert_eq!(seen, [0]);

    // Another part of the task gets its turn when the loop has ended, ..
    let other = Count::default();
    let looped = async {
        let (mut numbers, mut first) = (stream::iter(0..10_000), None);
        while let Some(n) = numbers.next().await {
            if other.get() > 0 {
                first.get_or_insert(n);
            }
        }
        first
    };
    let (first, ()) = tokio::join!(looped, async { other.add() });
    assert_eq!(first, None);

    // .. and with ours long before.
    let other = Count::default();
    let looped = async {
        let mut first = None;
        for_await!(n in iter(0..10_000) => {
            if other.get() > 0 {
                first.get_or_insert(n);
            }
        });
        first
    };
    let (first, ()) = tokio::join!(looped, async { other.add() });
    assert!(first.is_some_and(|n| n <= 128), "{first:?}");
}

#[tokio::test(start_paused = true)]
async fn b19_prefetch_is_one_item_ahead() {
    let fetched = Count::default();
    let mut source = stream::iter(0..5).inspect(|_| fetched.add());
    let mut handled = 0;
    while let Some(_n) = source.next().await {
        handled += 1;
        sleep(ms(10)).await;
        assert_eq!(
            fetched.get(),
            handled,
            "a stream fetches nothing during the body"
        );
    }

    let fetched = Count::default();
    let source = stream::iter(0..5).inspect(|_| fetched.add());
    let mut handled = 0;
    for_await!(_n in source.prefetch() => {
        handled += 1;
        sleep(ms(10)).await;
        turn().await;
        assert_eq!(fetched.get(), 5.min(handled + 1));
    });
    assert_eq!(handled, 5);
}

#[tokio::test(start_paused = true)]
async fn each_adapter_forwards_progress() {
    /// A flow that must move during the body, or the body hangs.
    fn source(moved: &Arc<Notify>) -> impl Flow<Item = u32> + use<> {
        let moved = moved.clone();
        iter(0..2)
            .map(move |n| {
                let moved = moved.clone();
                async move {
                    if n == 1 {
                        turn().await;
                        moved.notify_one();
                    }
                    n
                }
            })
            .concurrent_ordered(2)
    }
    async fn check<F: Flow>(adapter: &str, adapt: impl FnOnce(Arc<Notify>) -> F) {
        let moved = Arc::new(Notify::new());
        let flow = adapt(moved.clone());
        let looped = async {
            for_await!(_item in flow => {
                moved.notified().await;
                break;
            });
        };
        assert!(
            !hangs(looped).await,
            "`{adapter}` does not forward progress"
        );
    }
    check("nothing", |moved| source(&moved)).await;
    check("map", |moved| source(&moved).map(|n| n)).await;
    check("filter", |moved| source(&moved).filter(|_| true)).await;
    check("filter_map", |moved| source(&moved).filter_map(Some)).await;
    check("inspect", |moved| source(&moved).inspect(|_| ())).await;
    check("enumerate", |moved| source(&moved).enumerate()).await;
    check("then", |moved| source(&moved).then(async |n| n)).await;
    check("take", |moved| source(&moved).take(2)).await;
    check("take_while", |moved| source(&moved).take_while(|_| true)).await;
    check("chain, first", |moved| source(&moved).chain(empty())).await;
    check("chain, second", |moved| empty().chain(source(&moved))).await;
    check("zip, left", |moved| source(&moved).zip(iter(0..9))).await;
    check("zip, right", |moved| iter(0..9).zip(source(&moved))).await;
    check("chunks", |moved| source(&moved).chunks(1)).await;
    check("throttle", |moved| source(&moved).throttle(ms(1))).await;
    check("merge, left", |moved| source(&moved).merge(empty())).await;
    check("merge, right", |moved| empty().merge(source(&moved))).await;
    check("concurrent", |moved| {
        source(&moved).map(ready).concurrent(1)
    })
    .await;
    check("concurrent_fixed", |moved| {
        source(&moved).map(ready).concurrent_fixed::<1>()
    })
    .await;
    check("map_ok", |moved| {
        source(&moved).map(Ok::<_, ()>).map_ok(|n| n).map_err(|e| e)
    })
    .await;
    check("boxed", |moved| Box::pin(source(&moved))).await;
    check("prefetch", |moved| source(&moved).as_stream().prefetch()).await;
    check(
        "a generator",
        |moved| flow!(move for_await!(n in source(&moved) => { yield n; })),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn adapters_give_what_their_names_say() {
    let odd: Vec<u32> = iter(0..6).filter(|n| n % 2 == 1).collect().await;
    assert_eq!(odd, [1, 3, 5]);
    let halves: Vec<u32> = iter(0..6)
        .filter_map(|n| (n % 2 == 0).then_some(n / 2))
        .collect()
        .await;
    assert_eq!(halves, [0, 1, 2]);
    let zipped: Vec<_> = iter(0..2)
        .chain(iter(7..9))
        .enumerate()
        .zip(iter("abc".chars()))
        .collect()
        .await;
    assert_eq!(zipped, [((0, 0), 'a'), ((1, 1), 'b'), ((2, 7), 'c')]);
    let chunks: Vec<Vec<u32>> = iter(0..5).chunks(2).collect().await;
    assert_eq!(chunks, [vec![0, 1], vec![2, 3], vec![4]]);
    let short: Vec<u32> = iter(0..)
        .take(5)
        .take_while(|&n| n < 3)
        .then(async |n| n + 1)
        .collect()
        .await;
    assert_eq!(short, [1, 2, 3]);
    let sum = iter(1..4).fold(0, async |sum, n| sum + n).await;
    assert_eq!(sum, 6);
    let failed: Result<u32, u32> = iter(1..9)
        .try_fold(0, async |sum, n| if n < 4 { Ok(sum + n) } else { Err(sum) })
        .await;
    assert_eq!(failed, Err(6));
    let first_error = iter(0..9)
        .try_for_each(async |n| if n == 3 { Err(n) } else { Ok(()) })
        .await;
    assert_eq!(first_error, Err(3));
    let values: Result<Vec<u32>, &str> = iter([Ok(1), Err("no"), Ok(2)]).try_collect().await;
    assert_eq!(values, Err("no"));
    let merged: Vec<u32> = iter(0..2).merge(iter(5..9)).collect().await;
    assert_eq!(merged, [0, 5, 1, 6, 7, 8]);
    let in_order: Vec<u64> = iter([3, 1, 2])
        .map(async |n| {
            sleep(ms(n)).await;
            n
        })
        .concurrent_ordered(3)
        .collect()
        .await;
    assert_eq!(in_order, [3, 1, 2]);
    let as_they_come: Vec<u64> = iter([3, 1, 2])
        .map(async |n| {
            sleep(ms(n)).await;
            n
        })
        .concurrent_fixed::<3>()
        .collect()
        .await;
    assert_eq!(as_they_come, [1, 2, 3]);
    assert_eq!(
        takes(iter(0..3).throttle(ms(10)).for_each(async |_| ())).await,
        ms(30)
    );
    assert!(matches!(
        pin!(empty::<()>()).poll_next(&mut Context::from_waker(Waker::noop())),
        Poll::Ready(None)
    ));
}
