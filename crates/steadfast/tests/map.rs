//! A value for each of many items: in parallel, and inside the task.
//!
//! Miri does not know the system calls of the runtimes, and runs the same on the simulator.
#![cfg(all(feature = "tokio", feature = "smol"))]

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::FutureExt as _;
use steadfast::{
    AsyncDrop, AsyncDropGuard, CancelReason, CancelScope, FailureKind, FutureExt, Nursery,
    cancelled, join_all, map_concurrent, map_concurrent_scoped, map_concurrent_scoped_local,
    nursery, try_join_all, yield_now,
};

/// How many are inside at once, and how many were at most.
#[derive(Default)]
struct Crowd {
    now: AtomicUsize,
    peak: AtomicUsize,
    entries: AtomicUsize,
}

impl Crowd {
    fn enter(&self) -> Inside<'_> {
        self.entries.fetch_add(1, SeqCst);
        let now = self.now.fetch_add(1, SeqCst) + 1;
        self.peak.fetch_max(now, SeqCst);
        Inside(self)
    }
}

struct Inside<'a>(&'a Crowd);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, SeqCst);
    }
}

const LIMIT: usize = 3;

/// What holds for each form.
macro_rules! laws_of {
    ($map:ident) => {
        /// As many as may, and no more, are between the call of `f` and the end of their captures.
        #[cfg_attr(not(miri), steadfast::test)]
        #[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
        async fn limit_is_reached_and_kept() {
            let crowd: &Crowd = Box::leak(Box::default());
            let values = $map(0..20, LIMIT, |item| {
                let inside = crowd.enter();
                async move {
                    let _inside = inside;
                    // Nobody leaves before the crowd is as large as it may be.
                    while crowd.peak.load(SeqCst) < LIMIT {
                        yield_now().await;
                    }
                    for _ in 0..item % 4 {
                        yield_now().await;
                    }
                    Ok::<_, ()>(item * 10)
                }
            })
            .await;
            let expected: Vec<_> = (0..20).map(|item| item * 10).collect();
            assert_eq!(values.unwrap(), expected);
            assert_eq!(
                (crowd.peak.load(SeqCst), crowd.entries.load(SeqCst)),
                (LIMIT, 20)
            );
        }

        /// The last item is the first to end.
        #[cfg_attr(not(miri), steadfast::test)]
        #[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
        async fn values_are_in_the_order_of_the_items() {
            let turn = Arc::new(AtomicUsize::new(4));
            let values = $map(0..5, 5, |item| {
                let turn = Arc::clone(&turn);
                async move {
                    while turn.load(SeqCst) != item {
                        yield_now().await;
                    }
                    turn.fetch_sub(1, SeqCst);
                    Ok::<_, ()>(item)
                }
            })
            .await;
            assert_eq!(values.unwrap(), [0, 1, 2, 3, 4]);
        }

        #[cfg_attr(not(miri), steadfast::test)]
        #[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
        async fn no_items_no_values() {
            let values = $map(Vec::new(), 1, async |item: u8| Ok::<_, ()>(item)).await;
            assert_eq!(values.unwrap(), []);
        }

        #[cfg_attr(not(miri), steadfast::test)]
        #[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
        async fn first_error_ends_the_others_and_takes_no_further_item() {
            let (taken, told) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
            let items = (0..100).inspect(|_| _ = taken.fetch_add(1, SeqCst));
            let outcome: Result<Vec<()>, _> = $map(items, LIMIT, |item| {
                let told = Arc::clone(&told);
                async move {
                    if item == 1 {
                        return Err("the disk is full");
                    }
                    assert!(matches!(cancelled().await, CancelReason::Failed(_)));
                    yield_now().await;
                    told.fetch_add(1, SeqCst);
                    Ok(())
                }
            })
            .await;
            let error = outcome.unwrap_err();
            assert_eq!(error.primary().error(), Some(&"the disk is full"));
            assert_eq!((error.others().len(), error.is_cancelled()), (0, false));
            // The third may have come too late.
            let told = told.load(SeqCst);
            assert!((1..=2).contains(&told), "{told}");
            assert!(taken.load(SeqCst) <= LIMIT);
        }

        #[cfg_attr(not(miri), steadfast::test)]
        #[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
        async fn panic_goes_on_after_the_others_have_finished() {
            let finished = Arc::new(AtomicUsize::new(0));
            let call = $map(0..2, 2, |item| {
                let finished = Arc::clone(&finished);
                async move {
                    assert_ne!(item, 1, "a child's");
                    cancelled().await;
                    yield_now().await;
                    finished.fetch_add(1, SeqCst);
                    Ok::<_, ()>(())
                }
            });
            let panic = std::panic::AssertUnwindSafe(call)
                .catch_unwind()
                .await
                .unwrap_err();
            assert!(
                panic
                    .downcast_ref::<String>()
                    .unwrap()
                    .contains("a child's")
            );
            assert_eq!(finished.load(SeqCst), 1);
        }

        #[cfg_attr(not(miri), steadfast::test)]
        #[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
        async fn panic_of_the_function_goes_on_after_the_children_have_finished() {
            let finished = Arc::new(AtomicUsize::new(0));
            let call = $map(0..2, 2, |item| {
                assert_ne!(item, 1, "the function's");
                let finished = Arc::clone(&finished);
                async move {
                    assert_eq!(cancelled().await, CancelReason::BodyFailed);
                    finished.fetch_add(1, SeqCst);
                    Ok::<_, ()>(())
                }
            });
            let panic = std::panic::AssertUnwindSafe(call)
                .catch_unwind()
                .await
                .unwrap_err();
            assert!(
                panic
                    .downcast_ref::<String>()
                    .unwrap()
                    .contains("the function's")
            );
            assert_eq!(finished.load(SeqCst), 1);
        }

        /// A request stops nothing that has not agreed to be stopped.
        #[cfg_attr(not(miri), steadfast::test)]
        #[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
        async fn request_from_around_leaves_the_values_whole() {
            let scope = CancelScope::new();
            let handle = scope.handle();
            let values = scope
                .run($map(0..6, 2, |item| {
                    if item == 1 {
                        handle.cancel("enough");
                    }
                    async move {
                        yield_now().await;
                        Ok::<_, ()>(item)
                    }
                }))
                .await;
            assert_eq!(values.unwrap(), [0, 1, 2, 3, 4, 5]);
        }

        #[cfg_attr(not(miri), steadfast::test)]
        #[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
        async fn child_that_gave_way_leaves_no_values_and_no_failure() {
            let scope = CancelScope::new();
            let handle = scope.handle();
            let taken = AtomicUsize::new(0);
            let outcome: Result<Vec<()>, _> = scope
                .run($map(0..6, 1, |_| {
                    taken.fetch_add(1, SeqCst);
                    handle.cancel("enough");
                    async {
                        pending::<()>()
                            .or_cancelled()
                            .await
                            .map_err(|cancelled| cancelled.to_string())
                    }
                }))
                .await;
            let error = outcome.unwrap_err();
            assert!(error.is_cancelled(), "{error}");
            assert!(error.primary().error().unwrap().contains("enough"));
            assert_eq!(taken.load(SeqCst), 1, "there is no use in the other items");
        }

        #[cfg_attr(not(miri), steadfast::test)]
        #[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
        async fn child_that_was_aborted_leaves_no_values_and_no_failure() {
            let outcome: Result<Vec<()>, _> = Nursery::builder()
                .grace(Duration::from_millis(1))
                .deadline(Duration::from_millis(1))
                .$map(0..2, 1, async |_| {
                    pending::<()>().await;
                    Ok::<_, ()>(())
                })
                .await;
            let error = outcome.unwrap_err();
            assert!(error.is_cancelled(), "{error:?}");
            assert!(matches!(error.primary().kind(), FailureKind::Cancelled(_)));
        }

        struct CleansUp(Arc<AtomicBool>);

        impl AsyncDrop for CleansUp {
            async fn async_drop(self: Pin<&mut Self>) {
                yield_now().await;
                self.0.store(true, SeqCst);
            }
        }

        /// The place of a child is free when its clean-up has been awaited.
        #[cfg_attr(not(miri), steadfast::test)]
        #[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
        async fn clean_up_keeps_the_place() {
            let cleaned = Arc::new(AtomicBool::new(true));
            let values = $map(0..4, 1, |_| {
                assert!(
                    cleaned.swap(false, SeqCst),
                    "the child before has been cleaned up"
                );
                let guard = AsyncDropGuard::new(CleansUp(Arc::clone(&cleaned)));
                async move {
                    drop(guard);
                    Ok::<_, ()>(())
                }
            })
            .await;
            assert_eq!(values.unwrap().len(), 4);
            assert!(cleaned.load(SeqCst));
        }

        #[test]
        #[should_panic(expected = "limit of 0")]
        fn limit_of_nobody_is_refused_at_once() {
            drop($map(0..2, 0, async |_| Ok::<_, ()>(())));
        }
    };
}

mod parallel {
    use super::*;

    laws_of!(map_concurrent);

    /// Two children meet on two threads, each blocking its own.
    #[cfg(not(miri))]
    #[steadfast::test(tokio, workers = 2)]
    async fn children_run_at_the_same_time() {
        let meeting = Arc::new(Barrier::new(2));
        let values = map_concurrent(0..2, 2, |item| {
            let meeting = Arc::clone(&meeting);
            async move {
                meeting.wait();
                Ok::<_, ()>(item)
            }
        })
        .await;
        assert_eq!(values.unwrap(), [0, 1]);
    }

    /// The call is dropped; the children are told, and finish with the nursery around.
    #[cfg_attr(not(miri), steadfast::test)]
    #[cfg_attr(miri, steadfast::test(sim, seeds = 2))]
    async fn dropped_call_leaves_its_children_to_the_nursery_around() {
        let finished = Arc::new(AtomicUsize::new(0));
        nursery(async |_| {
            let mut call = Box::pin(map_concurrent(0..9, 2, |_| {
                let finished = Arc::clone(&finished);
                async move {
                    assert_eq!(cancelled().await, CancelReason::Dropped);
                    yield_now().await;
                    finished.fetch_add(1, SeqCst);
                    Ok::<_, ()>(())
                }
            }));
            assert!(
                poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx)))
                    .await
                    .is_pending()
            );
            drop(call);
        })
        .await;
        assert_eq!(finished.load(SeqCst), 2);
    }
}

/// So many at a time that children share tasks.
mod many_at_a_time {
    use super::*;

    const MANY: usize = 70;

    #[cfg_attr(not(miri), steadfast::test)]
    #[cfg_attr(miri, steadfast::test(sim))]
    async fn any_limit_is_one() {
        for limit in [65, 1_000_000, usize::MAX] {
            let values = map_concurrent(0..2 * MANY, limit, async |item| Ok::<_, ()>(item));
            assert!(values.await.unwrap().into_iter().eq(0..2 * MANY), "{limit}");
        }
    }

    #[cfg_attr(not(miri), steadfast::test)]
    #[cfg_attr(miri, steadfast::test(sim))]
    async fn first_error_ends_the_others_and_takes_no_further_item() {
        let (taken, told) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let items = (0..).inspect(|_| _ = taken.fetch_add(1, SeqCst));
        let outcome: Result<Vec<()>, _> = map_concurrent(items, MANY, |item| {
            let told = Arc::clone(&told);
            async move {
                if item == 40 {
                    return Err("the disk is full");
                }
                assert!(matches!(cancelled().await, CancelReason::Failed(_)));
                told.fetch_add(1, SeqCst);
                Ok(())
            }
        })
        .await;
        let error = outcome.unwrap_err();
        assert_eq!(error.primary().error(), Some(&"the disk is full"));
        assert_eq!((error.others().len(), error.is_cancelled()), (0, false));
        let taken = taken.load(SeqCst);
        assert_eq!(told.load(SeqCst), taken - 1);
        assert!((41..=MANY).contains(&taken), "{taken}");
    }

    #[cfg_attr(not(miri), steadfast::test)]
    #[cfg_attr(miri, steadfast::test(sim))]
    async fn panic_goes_on_after_the_others_have_finished() {
        for of_the_function in [true, false] {
            let finished = Arc::new(AtomicUsize::new(0));
            let call = map_concurrent(0..MANY, MANY, |item| {
                assert!(!of_the_function || item + 1 < MANY, "at the end");
                let finished = Arc::clone(&finished);
                async move {
                    assert!(item + 1 < MANY, "at the end");
                    cancelled().await;
                    yield_now().await;
                    finished.fetch_add(1, SeqCst);
                    Ok::<_, ()>(())
                }
            });
            let call = std::panic::AssertUnwindSafe(call);
            let panic = call.catch_unwind().await.unwrap_err();
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"at the end"));
            assert_eq!(finished.load(SeqCst), MANY - 1);
        }
    }

    #[cfg_attr(not(miri), steadfast::test)]
    #[cfg_attr(miri, steadfast::test(sim))]
    async fn child_that_gave_way_leaves_no_values_and_no_failure() {
        let scope = CancelScope::new();
        let handle = scope.handle();
        let taken = AtomicUsize::new(0);
        let outcome: Result<Vec<()>, _> = scope
            .run(map_concurrent(0.., MANY, |item| {
                taken.fetch_add(1, SeqCst);
                if item == 10 {
                    handle.cancel("enough");
                }
                async {
                    let region = pending::<()>().or_cancelled().await;
                    region.map_err(|cancelled| cancelled.to_string())
                }
            }))
            .await;
        let error = outcome.unwrap_err();
        assert!(error.is_cancelled(), "{error}");
        assert!(
            taken.load(SeqCst) <= MANY,
            "there is no use in the other items"
        );
    }

    /// A child that blocks a thread waits for what the others do, beside a call that is a child itself. Not on tokio, which keeps a task
    /// that another one has woken for the thread of that one.
    #[cfg(not(miri))]
    #[test]
    fn others_begin_and_come_while_a_child_blocks() {
        const ITEMS: usize = 10 * MANY;
        let smol = steadfast::smol::SmolRuntime::with_threads(2).expect("two threads");
        for blocking in [0, 1, MANY, 5 * MANY] {
            let begun = Arc::new(AtomicUsize::new(0));
            let call = async move {
                let values = map_concurrent(0..ITEMS, MANY, |item| {
                    let begun = Arc::clone(&begun);
                    async move {
                        begun.fetch_add(1, SeqCst);
                        // All but those that may share its task.
                        while item == blocking && begun.load(SeqCst) < ITEMS - 2 {
                            std::thread::yield_now();
                        }
                        Ok::<_, ()>(())
                    }
                });
                values.await.map(|values| values.len())
            };
            let called = async |n: Nursery| n.spawn_with_handle(call).await;
            let called = steadfast::block_on(&smol, nursery(called));
            assert_eq!(called.unwrap().unwrap(), ITEMS);
        }
    }
}

mod scoped {
    use super::*;

    laws_of!(map_concurrent_scoped);

    #[test]
    fn children_borrow_and_give_what_borrows_without_a_runtime() {
        let text = String::from("to be or not to be");
        let seen = Mutex::new(Vec::new());
        let firsts = map_concurrent_scoped(text.split(' '), 2, async |word| {
            seen.lock().unwrap().push(word);
            Ok::<_, ()>(&word[..1])
        });
        let firsts = firsts.now_or_never().expect("it does not wait");
        assert_eq!(firsts.unwrap().concat(), "tbontb");
        assert_eq!(seen.lock().unwrap().join(" "), text);
    }

    #[test]
    fn dropped_call_drops_its_children() {
        let crowd = Crowd::default();
        let mut call = Box::pin(map_concurrent_scoped(0..9, 2, |_| {
            let inside = crowd.enter();
            async {
                let _inside = inside;
                pending::<Result<(), ()>>().await
            }
        }));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(call.as_mut().poll(&mut cx).is_pending());
        assert_eq!(crowd.now.load(SeqCst), 2);
        drop(call);
        assert_eq!(crowd.now.load(SeqCst), 0);
    }
}

mod scoped_local {
    use std::rc::Rc;

    use super::*;

    laws_of!(map_concurrent_scoped_local);

    #[test]
    fn children_and_values_need_not_be_send() {
        let shared = Rc::new(7);
        let values = map_concurrent_scoped_local(0..3, 2, async |item| {
            yield_now().await;
            Ok::<_, ()>(Rc::new(item * *shared))
        });
        let values = any_number::finish(values).unwrap();
        assert_eq!(values, [0, 7, 14].map(Rc::new));
    }
}

mod any_number {
    use super::*;

    pub(super) fn finish<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
        }
    }

    #[test]
    fn outputs_are_in_order_and_borrow() {
        let words = [String::from("to"), String::from("be")];
        let mut lengths = [0; 2];
        let all = words.iter().zip(&mut lengths).map(async |(word, length)| {
            for _ in 0..3 - word.len() {
                yield_now().await;
            }
            *length = word.len();
            word.as_str()
        });
        assert_eq!(finish(join_all(all)), ["to", "be"]);
        assert_eq!(lengths, [2, 2]);
        assert_eq!(finish(join_all(Vec::<std::future::Ready<()>>::new())), []);
    }

    /// One of many is woken: it alone is polled.
    #[test]
    fn wake_polls_the_woken_one_alone() {
        const MANY: usize = 100;
        let polls: Vec<_> = (0..MANY).map(|_| AtomicUsize::new(0)).collect();
        let wakers: Vec<_> = (0..MANY).map(|_| Mutex::new(None::<Waker>)).collect();
        let mut all = join_all((0..MANY).map(|index| {
            let (polls, waker) = (&polls[index], &wakers[index]);
            poll_fn(move |cx| {
                polls.fetch_add(1, SeqCst);
                *waker.lock().unwrap() = Some(cx.waker().clone());
                Poll::<()>::Pending
            })
        }));
        let mut cx = Context::from_waker(Waker::noop());
        let total = || polls.iter().map(|polls| polls.load(SeqCst)).sum::<usize>();
        while total() < MANY {
            assert!(Pin::new(&mut all).poll(&mut cx).is_pending());
        }
        wakers[42].lock().unwrap().take().unwrap().wake();
        assert!(Pin::new(&mut all).poll(&mut cx).is_pending());
        assert_eq!((total(), polls[42].load(SeqCst)), (MANY + 1, 2));
    }

    #[test]
    fn panic_goes_on_after_the_others() {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("a destructor's");
            }
        }
        let finished = AtomicUsize::new(0);
        let all = join_all((0..3).map(|index| {
            let finished = &finished;
            async move {
                let _panics = (index == 1).then(|| Panics);
                assert_ne!(index, 0, "the first");
                yield_now().await;
                finished.fetch_add(1, SeqCst);
            }
        }));
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| finish(all)));
        let panic = panic.unwrap_err();
        assert!(
            panic
                .downcast_ref::<String>()
                .unwrap()
                .contains("the first")
        );
        assert_eq!(finished.load(SeqCst), 2);
    }

    #[test]
    fn first_error_asks_the_others_to_end_and_waits() {
        let finished = AtomicUsize::new(0);
        let outcome: Result<Vec<()>, &str> = finish(try_join_all((0..4).map(|index| {
            let finished = &finished;
            async move {
                if index == 2 {
                    yield_now().await;
                    return Err("the first");
                }
                cancelled().await;
                yield_now().await;
                finished.fetch_add(1, SeqCst);
                Err("a later one")
            }
        })));
        assert_eq!((outcome, finished.load(SeqCst)), (Err("the first"), 3));
        let values = finish(try_join_all((0..3).map(async |index| Ok::<_, ()>(index))));
        assert_eq!(values, Ok(vec![0, 1, 2]));
    }

    #[test]
    fn panic_asks_the_others_to_end_and_outranks_an_error() {
        let finished = AtomicUsize::new(0);
        let all = try_join_all((0..3).map(|index| {
            let finished = &finished;
            async move {
                assert_ne!(index, 1, "one");
                cancelled().await;
                finished.fetch_add(1, SeqCst);
                Err::<(), _>("an error")
            }
        }));
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| finish(all)));
        assert!(panic.is_err());
        assert_eq!(finished.load(SeqCst), 2);
    }
}
