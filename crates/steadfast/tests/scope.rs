//! Scopes: children inside the current task, which borrow.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn, ready};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use steadfast::{
    AsyncDrop, AsyncDropGuard, CancelReason, FutureExt, Nursery, Refused, Scope, Spawn,
    SpawnBlocking, Timer, cancelled, scope, scope_local, try_scope, yield_now,
};

/// No runtime at all.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn children_borrow_and_change_the_locals_of_the_caller() {
    let mut a = vec![1, 2, 3];
    let mut x = 0;
    block_on(is_send(scope(async |s| {
        s.spawn(async {
            assert_eq!(a, [1, 2, 3]);
        });
        s.spawn(async {
            yield_now().await;
            x += a[0] + a[2];
        });
    })));
    a.push(4);
    assert_eq!(x, a.len());
}

#[test]
fn children_spawn_children_and_scopes_nest() {
    let order = Mutex::new(Vec::new());
    let note = |text: &'static str| order.lock().unwrap().push(text);
    let note = &note;
    block_on(scope(async |s| {
        let inner = s.clone();
        s.spawn(async move {
            note("child");
            inner.spawn(async move { note("grandchild") });
            scope(async |nested| {
                nested.spawn(async move {
                    yield_now().await;
                    note("nested");
                });
            })
            .await;
            note("after nested");
        });
    }));
    let order = order.into_inner().unwrap();
    assert_eq!(order.len(), 4, "{order:?}");
    // A nested scope is part of the child that opened it; its siblings may come before it or after it.
    let nested: Vec<_> = order
        .into_iter()
        .filter(|text| *text != "grandchild")
        .collect();
    assert_eq!(nested, ["child", "nested", "after nested"]);
}

#[test]
fn handles_give_values_that_borrow() {
    let text = String::from("to be or not to be");
    let longest = block_on(scope(async |s| {
        let words = s.spawn_with_handle(async { text.split(' ').collect::<Vec<_>>() });
        words
            .await
            .unwrap()
            .into_iter()
            .max_by_key(|word| word.len())
    }));
    assert_eq!(longest, Some("not"));
}

#[test]
fn children_that_are_not_send_stay_here() {
    let sum = Cell::new(0);
    block_on(scope_local(async |s| {
        for value in 1..=4 {
            let sum = &sum;
            s.spawn(async move {
                yield_now().await;
                sum.set(sum.get() + value);
            });
        }
    }));
    assert_eq!(sum.get(), 10);
}

#[test]
fn first_failure_asks_the_others_to_end_and_comes_out() {
    let ended = Cell::new(false);
    let result: Result<(), _> = block_on(Nursery::builder().try_scope_local(async |s| {
        s.spawn(async {
            let reason = cancelled().await;
            ended.set(matches!(reason, CancelReason::Failed(_)));
            Ok(())
        });
        s.named("writer").spawn(async { Err("the disk is full") });
        pending::<()>().or_cancelled().await.ok();
        Ok(())
    }));
    let error = result.unwrap_err();
    assert_eq!(error.primary().error(), Some(&"the disk is full"));
    assert_eq!(error.primary().child().name(), Some("writer"));
    assert!(ended.get());
}

#[test]
fn panic_goes_on_after_everybody_has_finished() {
    let finished = AtomicUsize::new(0);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        block_on(scope(async |s| {
            s.spawn(async { panic!("a child's") });
            s.spawn(async {
                cancelled().await;
                yield_now().await;
                finished.fetch_add(1, SeqCst);
            });
        }));
    }));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"a child's"));
    assert_eq!(finished.load(SeqCst), 1);
}

/// A wake of one child polls that child, and neither the body nor the others.
#[test]
fn wake_polls_the_child_alone() {
    const CHILDREN: usize = 100;
    let polls: Vec<AtomicUsize> = (0..CHILDREN).map(|_| AtomicUsize::new(0)).collect();
    let wakers: Vec<Mutex<Option<Waker>>> = (0..CHILDREN).map(|_| Mutex::new(None)).collect();
    let body_polls = AtomicUsize::new(0);
    let mut running = Box::pin(scope(async |s: Scope<'_>| {
        for index in 0..CHILDREN {
            let (polls, waker) = (&polls[index], &wakers[index]);
            s.spawn(poll_fn(move |cx| {
                *waker.lock().unwrap() = Some(cx.waker().clone());
                match polls.fetch_add(1, SeqCst) {
                    0 | 1 => Poll::Pending,
                    _ => Poll::Ready(()),
                }
            }));
        }
        poll_fn(|_| {
            body_polls.fetch_add(1, SeqCst);
            Poll::<()>::Pending
        })
        .await
    }));
    let woken = Arc::new(CountWakes(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut poll = || {
        running
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
    };
    assert!(!poll());
    let count = || polls.iter().map(|polls| polls.load(SeqCst)).sum::<usize>();
    while count() < CHILDREN {
        assert!(!poll());
    }
    woken.0.store(0, SeqCst);
    let other = wakers[42].lock().unwrap().clone().unwrap();
    // From another thread, and more than once.
    std::thread::spawn(move || {
        other.wake_by_ref();
        other.wake();
    })
    .join()
    .unwrap();
    assert_eq!(woken.0.load(SeqCst), 1, "the task is woken once");
    assert!(!poll());
    assert_eq!((count(), polls[42].load(SeqCst)), (CHILDREN + 1, 2));
    assert_eq!(body_polls.load(SeqCst), 1);
}

struct CountWakes(AtomicUsize);

impl Wake for CountWakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

struct CountDrops<'a>(&'a AtomicUsize);

impl Drop for CountDrops<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn dropped_scope_drops_its_children_and_wakers_may_stay() {
    let drops = AtomicUsize::new(0);
    let kept = Mutex::new(Vec::new());
    let mut running = Box::pin(scope(async |s| {
        for _ in 0..3 {
            let guard = CountDrops(&drops);
            s.spawn(async {
                let _guard = guard;
                poll_fn(|cx| {
                    kept.lock().unwrap().push(cx.waker().clone());
                    Poll::<()>::Pending
                })
                .await
            });
        }
        pending::<()>().await
    }));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(running.as_mut().poll(&mut cx).is_pending());
    assert_eq!((drops.load(SeqCst), kept.lock().unwrap().len()), (0, 3));
    drop(running);
    assert_eq!(drops.load(SeqCst), 3);
    let kept = kept.into_inner().unwrap();
    kept[0].wake_by_ref();
    std::thread::spawn(move || kept.into_iter().for_each(Waker::wake))
        .join()
        .unwrap();
}

#[test]
fn forgotten_scope_touches_nothing_any_more() {
    let kept = Mutex::new(None);
    {
        let text = String::from("borrowed");
        let mut running = Box::pin(scope(async |s| {
            s.spawn(async {
                poll_fn(|cx| {
                    *kept.lock().unwrap() = Some(cx.waker().clone());
                    Poll::<()>::Pending
                })
                .await;
                println!("{text}");
            });
        }));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(running.as_mut().poll(&mut cx).is_pending());
        std::mem::forget(running);
    }
    kept.into_inner()
        .unwrap()
        .expect("the child was polled")
        .wake();
}

#[test]
fn handle_that_outlives_the_scope_hands_the_future_back() {
    let handle = Mutex::new(None);
    block_on(scope(async |s| {
        *handle.lock().unwrap() = Some(s);
    }));
    let late: Scope<'_> = handle.into_inner().unwrap().unwrap();
    assert!(late.is_closed());
    assert!(late.spawn(ready(())).into_refused().is_some());
}

/// A scope in a region that gives way: what is shielded in a child is finished before the region is dropped.
#[test]
fn shield_in_a_child_holds_for_the_region_around_the_scope() {
    let (finished, may_finish) = (Cell::new(false), Cell::new(false));
    let waker = Cell::new(None::<Waker>);
    block_on(Nursery::builder().scope_local(async |outer| {
        outer.spawn_until_cancelled(scope_local(async |s| {
            let work = poll_fn(|cx| {
                waker.set(Some(cx.waker().clone()));
                finished.set(may_finish.get());
                match may_finish.get() {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            });
            s.spawn(work.shielded());
            pending::<()>().await
        }));
        yield_now().await;
        outer.cancel("enough");
        // The region has its turn, and would be dropped in it.
        yield_now().await;
        may_finish.set(true);
        waker.take().unwrap().wake();
    }));
    assert!(finished.get());
}

#[derive(Clone)]
struct Counted(Arc<AtomicUsize>);

impl AsyncDrop for Counted {
    async fn async_drop(self: Pin<&mut Self>) {
        yield_now().await;
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn clean_up_of_a_child_is_done_before_the_child_has_finished() {
    let cleaned = Counted(Arc::default());
    block_on(scope(async |s| {
        let child = s.spawn_with_handle(async {
            drop(AsyncDropGuard::new(cleaned.clone()));
        });
        child.await.unwrap();
        assert_eq!(cleaned.0.load(SeqCst), 1);
    }));
}

#[cfg(feature = "tokio")]
#[test]
fn clean_ups_of_a_dropped_scope_go_to_the_task_that_drops_it() {
    let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
    let cleaned = Counted(Arc::default());
    steadfast::block_on(&runtime, async {
        let mut running = Box::pin(scope(async |s| {
            s.spawn(async {
                let _guard = AsyncDropGuard::new(cleaned.clone());
                pending::<()>().await
            });
            pending::<()>().await
        }));
        let polled = poll_fn(|cx| Poll::Ready(running.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
        drop(running);
        steadfast::settle().await;
        assert_eq!(cleaned.0.load(SeqCst), 1);
    });
}

#[test]
fn body_that_is_always_ready_lets_others_have_a_turn() {
    let mut running = Box::pin(scope(async |_| {
        loop {
            yield_now().await;
        }
    }));
    let mut cx = Context::from_waker(Waker::noop());
    // It would not return otherwise.
    assert!(running.as_mut().poll(&mut cx).is_pending());
}

#[test]
fn error_type_is_inferred_from_children() {
    let mut seen = 0;
    let value = block_on(try_scope(async |s| {
        s.spawn(async {
            seen += 1;
            Ok(())
        });
        Ok::<_, String>("value")
    }));
    assert_eq!((value.unwrap(), seen), ("value", 1));
}

/// A handle in the hands of another thread spawns as well; what it spawns runs where the scope is.
#[test]
fn child_that_was_spawned_elsewhere_runs_here_and_borrows() {
    let here = std::thread::current().id();
    let ran = Mutex::new(Vec::new());
    let note = |number: usize| {
        ran.lock()
            .unwrap()
            .push((number, std::thread::current().id()))
    };
    let note = &note;
    block_on(scope(async |s: Scope<'_>| {
        s.spawn(async { note(0) });
        std::thread::scope(|threads| {
            let theirs = s.clone();
            threads.spawn(move || {
                for number in 1..=3 {
                    theirs.spawn(async move { note(number) });
                }
            });
        });
        assert_eq!(s.len(), 4);
    }));
    let ran = ran.into_inner().unwrap();
    assert_eq!(ran, [0, 1, 2, 3].map(|number| (number, here)));
}

/// A body's waker that outlives the scope may be used, and dropped, there and elsewhere: also when nobody else is left.
#[test]
fn waker_of_the_body_may_stay() {
    for is_elsewhere in [false, true] {
        let mut waker = None;
        block_on(scope(async |s| {
            s.spawn(ready(()));
            poll_fn(|cx| {
                waker = Some(cx.waker().clone());
                Poll::Ready(())
            })
            .await;
        }));
        let waker = waker.unwrap();
        waker.wake_by_ref();
        let other = waker.clone();
        match is_elsewhere {
            true => std::thread::spawn(|| waker.wake()).join().unwrap(),
            false => waker.wake(),
        }
        drop(other);
    }
}

/// And while the scope ends.
#[test]
fn waker_of_the_body_may_be_used_elsewhere_while_the_scope_ends() {
    let is_over = Arc::new(AtomicBool::new(false));
    let mut thread = None;
    block_on(scope(async |s| {
        s.spawn(ready(()));
        poll_fn(|cx| {
            let (waker, is_over) = (cx.waker().clone(), Arc::clone(&is_over));
            thread = Some(std::thread::spawn(move || {
                while !is_over.load(SeqCst) {
                    waker.wake_by_ref();
                    std::thread::yield_now();
                }
                waker.wake_by_ref();
            }));
            Poll::Ready(())
        })
        .await;
    }));
    is_over.store(true, SeqCst);
    thread.unwrap().join().unwrap();
}

/// The last waker of a child that has ended goes on another thread, while the scope runs on: the child's block is used again, and
/// the scope is not woken.
#[test]
fn waker_of_a_finished_child_may_go_elsewhere() {
    const ROUNDS: usize = 200;
    let finished = AtomicUsize::new(0);
    block_on(scope(async |s: Scope<'_>| {
        let (send, receive) = std::sync::mpsc::channel::<Waker>();
        let dropper = std::thread::spawn(move || receive.into_iter().for_each(drop));
        for _ in 0..ROUNDS {
            let (send, finished) = (send.clone(), &finished);
            s.spawn(async move {
                let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
                send.send(waker).unwrap();
                yield_now().await;
                finished.fetch_add(1, SeqCst);
            });
            yield_now().await;
        }
        drop(send);
        while finished.load(SeqCst) < ROUNDS {
            yield_now().await;
        }
        dropper.join().unwrap();
        s.spawn(async { _ = finished.fetch_add(1, SeqCst) });
    }));
    assert_eq!(finished.load(SeqCst), ROUNDS + 1);
}

/// Children of the scope around are woken from a scope inside it, and by their siblings.
#[test]
fn children_wake_each_other_across_nested_scopes() {
    let stage = Cell::new(0);
    let (first, second) = (Cell::new(None), Cell::new(None));
    block_on(scope_local(async |outer| {
        outer.spawn(poll_fn(|cx| {
            first.set(Some(cx.waker().clone()));
            if stage.get() < 1 {
                return Poll::Pending;
            }
            stage.set(2);
            second.take().into_iter().for_each(Waker::wake);
            Poll::Ready(())
        }));
        outer.spawn(async {
            scope_local(async |inner| {
                inner.spawn(poll_fn(|cx| {
                    second.set(Some(cx.waker().clone()));
                    match stage.get() {
                        0 => {
                            stage.set(1);
                            first.take().into_iter().for_each(Waker::wake);
                            Poll::Pending
                        }
                        1 => Poll::Pending,
                        _ => Poll::Ready(()),
                    }
                }));
            })
            .await;
            stage.set(3);
        });
    }));
    assert_eq!(stage.get(), 3);
}

/// A child that wakes itself for ever does not keep one from its turn that another thread has woken.
#[test]
fn busy_sibling_does_not_starve_whom_another_thread_wakes() {
    let rung = AtomicUsize::new(0);
    let rung = &rung;
    block_on(scope(async |s: Scope<'_>| {
        s.spawn(async {
            while rung.load(SeqCst) < 2 {
                yield_now().await;
            }
        });
        let mut bell = None;
        s.spawn(poll_fn(move |cx| {
            if bell.is_none() {
                let waker = cx.waker().clone();
                bell = Some(std::thread::spawn(move || waker.wake()));
                return Poll::Pending;
            }
            rung.fetch_add(1, SeqCst);
            Poll::Ready(())
        }));
        rung.fetch_add(1, SeqCst);
    }));
    assert_eq!(rung.load(SeqCst), 2);
}

#[test]
fn handle_of_a_child_that_was_dropped_with_its_scope_says_so() {
    let handle = Mutex::new(None);
    let mut dropped = Box::pin(scope(async |s| {
        *handle.lock().unwrap() = Some(s.spawn_with_handle(pending::<()>()));
        pending::<()>().await
    }));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(dropped.as_mut().poll(&mut cx).is_pending());
    drop(dropped);
    let handle = handle.into_inner().unwrap().unwrap();
    assert!(block_on(handle).unwrap_err().is_cancelled());
}

/// Also where a younger child has got the place of one that had ended before.
#[test]
fn dropped_scope_drops_its_children_oldest_first() {
    struct Notes<'a>(u32, &'a Mutex<Vec<u32>>);
    impl Drop for Notes<'_> {
        fn drop(&mut self) {
            self.1.lock().unwrap().push(self.0);
        }
    }
    let order = Mutex::new(Vec::new());
    let mut dropped = Box::pin(scope(async |s| {
        // The first one ends, and leaves its place to the third.
        for number in 0..3 {
            let notes = Notes(number, &order);
            s.spawn(async move {
                let _notes = notes;
                if number > 0 {
                    pending::<()>().await;
                }
            });
            if number == 1 {
                yield_now().await;
            }
        }
        pending::<()>().await
    }));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(dropped.as_mut().poll(&mut cx).is_pending());
    drop(dropped);
    assert_eq!(*order.lock().unwrap(), [0, 1, 2]);
}

/// Plain children are counted and shown one by one, beside those that have something of their own.
#[test]
fn tree_and_length_tell_plain_children_from_named_ones() {
    let lines = |s: &Scope<'_>| -> Vec<String> {
        let tree = s.tree().to_string();
        let is_child = |line: &&str| line.contains("child");
        tree.lines().filter(is_child).map(str::to_owned).collect()
    };
    block_on(scope(async |s| {
        assert_eq!((s.len(), s.is_empty()), (0, true));
        let handle = s.spawn_with_handle(yield_now());
        let first = line!() + 1;
        s.spawn(yield_now());
        s.spawn(yield_now());
        s.named("third").spawn(yield_now());
        assert_eq!((s.len(), s.is_empty()), (4, false));
        let children = lines(&s);
        assert_eq!(children.len(), 4, "{children:?}");
        for line in [first, first + 1] {
            let of_that_line = |child: &&String| child.contains(&format!("scope.rs:{line}:"));
            assert_eq!(
                children.iter().filter(of_that_line).count(),
                1,
                "{children:?}"
            );
        }
        assert!(children.iter().any(|child| child.contains("third")));
        handle.await.unwrap();
        while !s.is_empty() {
            yield_now().await;
        }
        assert_eq!(lines(&s), Vec::<String>::new());
        s.spawn(ready(()));
        assert_eq!(s.len(), 1, "the same room again");
    }));
}

/// A child whose future is gone is shown until its clean-ups are done.
#[test]
fn tree_shows_what_a_plain_child_does_at_its_end() {
    struct Yields;
    impl AsyncDrop for Yields {
        async fn async_drop(self: Pin<&mut Self>) {
            yield_now().await;
        }
    }
    block_on(scope(async |s| {
        s.spawn(async { drop(AsyncDropGuard::new(Yields)) });
        assert!(s.tree().to_string().contains("running"), "{}", s.tree());
        // The child has its turn before this body has its next one.
        yield_now().await;
        assert!(s.tree().to_string().contains("cleaning up"), "{}", s.tree());
    }));
}

/// Anybody may draw the tree, while children come and go: nobody is shown twice, or when nobody is there.
#[test]
fn tree_is_drawn_on_another_thread_while_children_come_and_go() {
    let (looks, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|threads| {
        block_on(scope(async |s| {
            let theirs = s.clone();
            let (looks, is_over) = (&looks, &is_over);
            threads.spawn(move || {
                while !is_over.load(SeqCst) {
                    let tree = theirs.tree().to_string();
                    let shown = tree.lines().filter(|line| line.contains("child")).count();
                    assert!(shown <= 3, "{tree}");
                    looks.fetch_add(1, SeqCst);
                }
                assert!(!theirs.tree().to_string().contains("child"));
            });
            while looks.load(SeqCst) < 20 {
                for _ in 0..3 {
                    s.spawn(yield_now());
                }
                while !s.is_empty() {
                    yield_now().await;
                }
            }
            is_over.store(true, SeqCst);
        }));
    });
}

/// The text of an error counts who has failed, and not who gave way because of it.
#[test]
fn error_does_not_count_those_that_gave_way() {
    let error = block_on(try_scope(async |s: Scope<'_, &str>| {
        for _ in 0..2 {
            s.spawn(async { pending::<()>().or_cancelled().await.or(Err("gave way")) });
        }
        s.spawn(async { Err("the disk is full") });
        Ok(())
    }))
    .unwrap_err();
    assert!(
        error.to_string().ends_with("failed: the disk is full"),
        "{error}"
    );
    assert_eq!(error.after_cancel().len(), 2);
}

/// A runtime with a clock. It counts the timers that are made, and how often they are polled.
#[derive(Clone, Default)]
struct Clock {
    counts: Arc<[AtomicUsize; 2]>,
    /// The poll at which a timer rings; at 0, none does.
    rings_at: usize,
}

impl Clock {
    fn made(&self) -> usize {
        self.counts[0].load(SeqCst)
    }

    fn polled(&self) -> usize {
        self.counts[1].load(SeqCst)
    }
}

impl Timer for Clock {
    type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn sleep_until(&self, _: Instant) -> Self::Sleep {
        self.counts[0].fetch_add(1, SeqCst);
        let clock = self.clone();
        let mut polls = 0;
        Box::pin(poll_fn(move |_| {
            clock.counts[1].fetch_add(1, SeqCst);
            polls += 1;
            match polls == clock.rings_at {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        }))
    }
}

impl Spawn for Clock {
    fn spawn<F: Future<Output = ()> + Send + 'static>(&self, task: F) -> Result<(), Refused<F>> {
        Err(Refused::new(task))
    }
}

impl SpawnBlocking for Clock {
    fn spawn_blocking<W: FnOnce() + Send + 'static>(&self, work: W) -> Result<(), Refused<W>> {
        Err(Refused::new(work))
    }
}

/// The exit of a scope watches how long it waits, from when its task rests.
#[test]
fn exit_needs_no_timer_for_children_that_are_gone_when_the_scope_rests() {
    let clock = Clock::default();
    block_on(Nursery::builder().runtime(&clock).scope(async |s| {
        for _ in 0..3 {
            s.spawn(ready(()));
            s.spawn(yield_now());
        }
    }));
    assert_eq!(clock.made(), 0);

    // As many as are polled before others get a turn: whoever gives it has nobody left.
    for children in 60..70 {
        let clock = Clock::default();
        block_on(Nursery::builder().runtime(&clock).scope(async |s| {
            for _ in 0..children {
                s.spawn(ready(()));
            }
        }));
        let expected = usize::from(children > 64);
        assert_eq!(clock.made(), expected, "{children} children");
    }

    let clock = Clock::default();
    let mut rests = pin!(Nursery::builder().runtime(&clock).scope(async |s| {
        s.spawn(pending::<()>());
        s.spawn(pending::<()>());
    }));
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..3 {
        assert!(rests.as_mut().poll(&mut cx).is_pending());
    }
    assert_eq!(
        (clock.made(), clock.polled()),
        (1, 1),
        "nothing has woken it"
    );
}

/// Children that never rest are a reason to watch the exit, too.
#[test]
fn exit_is_watched_although_its_children_never_rest() {
    let clock = Clock::default();
    block_on(Nursery::builder().runtime(&clock).scope(async |s| {
        s.spawn(async {
            let mut turns = 0;
            while clock.polled() == 0 {
                yield_now().await;
                turns += 1;
                assert!(turns < 10_000, "nobody watches the exit");
            }
        });
    }));
    assert_eq!(clock.made(), 1);
}

/// A deadline that has passed is seen by children that have not begun, though the body has ended without a wait.
#[test]
fn deadline_that_has_passed_is_seen_by_children_that_begin_at_the_exit() {
    let clock = Clock::default();
    let seen = Mutex::new(Vec::new());
    let note = async || {
        let is_cancelled = steadfast::is_cancelled();
        seen.lock().unwrap().push(is_cancelled);
    };
    block_on(async {
        let at_opening = Nursery::builder().runtime(&clock).deadline(Duration::ZERO);
        at_opening.scope(async |s| drop(s.spawn(note()))).await;
        let by_the_body = Nursery::builder().runtime(&clock);
        by_the_body
            .scope(async |s| {
                s.set_deadline(Duration::ZERO);
                s.spawn(note());
            })
            .await;
    });
    assert_eq!(*seen.lock().unwrap(), [true, true]);
}

/// The same if a child sets it.
#[test]
fn deadline_that_a_child_sets_is_seen_after_its_next_turn() {
    let clock = Clock::default();
    block_on(Nursery::builder().runtime(&clock).scope(async |s| {
        let theirs = s.clone();
        s.spawn(async move {
            theirs.set_deadline(Duration::ZERO);
            yield_now().await;
            assert!(steadfast::is_cancelled());
        });
    }));
}

/// A timer that rings when the scope is about to rest wakes children, which are polled then.
#[test]
fn scope_does_not_rest_while_there_are_children_to_poll() {
    let clock = Clock {
        rings_at: 2,
        ..Clock::default()
    };
    let hour = Nursery::builder()
        .runtime(&clock)
        .deadline(Duration::from_secs(3600));
    let mut future = pin!(hour.slow_exit(Duration::MAX).scope(async |s| {
        s.spawn_until_cancelled(pending::<()>());
    }));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut cx).is_ready());
}
