//! Blocking scopes: children in parallel, which borrow from a blocked thread.
#![expect(
    clippy::async_yields_async,
    reason = "a handle leaves its nursery, and is awaited afterwards"
)]

use std::any::Any;
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
#[cfg(all(feature = "tokio", feature = "smol"))]
use std::sync::mpsc;
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Instant;

use steadfast::{
    AsyncDrop, AsyncDropGuard, BlockScope, BoxTask, CancelReason, Entry, FailureKind, Nursery,
    Refused, RefusedScope, Runtime, Spawn, SpawnBlocking, Timer, cancelled, yield_now,
};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A thread for each task, which polls it until it is ready or the owner says otherwise.
#[derive(Clone, Default)]
struct Threads {
    /// Tasks are kept here, unpolled, instead of being run.
    kept: Option<Arc<Mutex<Vec<Task>>>>,
}

impl Threads {
    fn keeping() -> (Self, Arc<Mutex<Vec<Task>>>) {
        let kept = Arc::default();
        let threads = Self {
            kept: Some(Arc::clone(&kept)),
        };
        (threads, kept)
    }
}

impl Spawn for Threads {
    fn spawn<F: Future<Output = ()> + Send + 'static>(&self, task: F) -> Result<(), Refused<F>> {
        match &self.kept {
            Some(kept) => kept.lock().unwrap().push(Box::pin(task)),
            None => drop(thread::spawn(|| drive(task))),
        }
        Ok(())
    }
}

impl SpawnBlocking for Threads {
    fn spawn_blocking<W: FnOnce() + Send + 'static>(&self, work: W) -> Result<(), Refused<W>> {
        drop(thread::spawn(work));
        Ok(())
    }
}

impl Timer for Threads {
    type Sleep = std::future::Pending<()>;

    fn sleep_until(&self, _: Instant) -> Self::Sleep {
        pending()
    }
}

impl Entry for Threads {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        drive(future)
    }
}

fn drive<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn block_scope<'env, F, Fut>(body: F) -> Fut::Output
where
    F: FnOnce(BlockScope<'env>) -> Fut,
    Fut: Future,
{
    on(&Threads::default(), &Threads::default(), body).expect("this thread may block")
}

fn on<'env, F, Fut>(
    runtime: &impl Runtime,
    entry: &impl Entry,
    body: F,
) -> Result<Fut::Output, RefusedScope<F>>
where
    F: FnOnce(BlockScope<'env>) -> Fut,
    Fut: Future,
{
    Nursery::builder().runtime(runtime).block_scope(entry, body)
}

fn panic_of(run: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("it panics");
    let text = payload.downcast_ref::<&str>().copied().map(str::to_owned);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .expect("a panic with a text")
}

struct CountDrops<'a>(&'a AtomicUsize);

impl Drop for CountDrops<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn children_meet_in_parallel_and_change_the_locals_of_the_caller() {
    // Nobody gets past it alone, and it blocks.
    let meeting = Barrier::new(2);
    let (mut left, mut right) = (vec![1], vec![2]);
    let value = block_scope(async |s| {
        s.spawn(async {
            meeting.wait();
            left.push(10);
        });
        s.spawn(async {
            meeting.wait();
            right.push(20);
        });
        "of the body"
    });
    assert_eq!(
        (left, right, value),
        (vec![1, 10], vec![2, 20], "of the body")
    );
}

#[test]
fn children_spawn_children_that_borrow_and_handles_give_what_borrows() {
    let text = String::from("to be or not to be");
    let longest = block_scope(async |s| {
        let words = text.split(' ').map(|word| {
            let inner = s.clone();
            s.spawn_with_handle(async move {
                inner.spawn_with_handle(async move { word }).await.unwrap()
            })
        });
        let mut longest = "";
        for word in words.collect::<Vec<_>>() {
            let word = word.await.unwrap();
            if word.len() > longest.len() {
                longest = word;
            }
        }
        longest
    });
    assert_eq!(longest, "not");
}

#[test]
fn panic_of_a_child_goes_on_when_the_others_have_let_go() {
    let (finished, drops) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let text = panic_of(|| {
        block_scope(async |s| {
            for _ in 0..3 {
                let guard = CountDrops(&drops);
                s.spawn(async {
                    let _guard = guard;
                    cancelled().await;
                    yield_now().await;
                    finished.fetch_add(1, SeqCst);
                });
            }
            s.spawn(async { panic!("a child's") });
        });
    });
    assert_eq!(text, "a child's");
    assert_eq!((finished.load(SeqCst), drops.load(SeqCst)), (3, 3));
}

#[test]
fn panic_of_the_body_goes_on_when_the_children_have_let_go() {
    for before_its_first_await in [true, false] {
        let drops = AtomicUsize::new(0);
        let text = panic_of(|| {
            block_scope(|s| {
                let guard = CountDrops(&drops);
                s.spawn(async {
                    let _guard = guard;
                    assert_eq!(cancelled().await, CancelReason::BodyFailed);
                });
                assert!(!before_its_first_await, "the body's");
                async { panic!("the body's") }
            });
        });
        assert_eq!((text.as_str(), drops.load(SeqCst)), ("the body's", 1));
    }
}

#[test]
fn first_error_ends_the_others_and_comes_out() {
    let ended = AtomicUsize::new(0);
    let threads = Threads::default();
    let outcome = Nursery::builder()
        .runtime(&threads)
        .try_block_scope(&threads, async |s| {
            s.spawn(async {
                cancelled().await;
                ended.fetch_add(1, SeqCst);
                Ok(())
            });
            s.named("writer").spawn(async { Err("the disk is full") });
            Ok(())
        });
    let error = outcome.expect("this thread may block").unwrap_err();
    assert_eq!(error.primary().error(), Some(&"the disk is full"));
    assert_eq!(error.primary().child().name(), Some("writer"));
    assert_eq!(ended.load(SeqCst), 1);
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
fn clean_ups_of_children_are_awaited() {
    let cleaned = Counted(Arc::default());
    block_scope(async |s| {
        s.spawn(async { drop(AsyncDropGuard::new(cleaned.clone())) });
    });
    assert_eq!(cleaned.0.load(SeqCst), 1);
}

#[test]
fn handle_that_outlives_the_call_hands_the_future_back() {
    let late = Mutex::new(None);
    block_scope(async |s| *late.lock().unwrap() = Some(s));
    let late: BlockScope<'_> = late.into_inner().unwrap().unwrap();
    assert!(late.is_closed());
    assert!(late.spawn(ready(())).into_refused().is_some());
}

#[test]
fn wakers_may_outlive_the_call() {
    let kept = Mutex::new(Vec::new());
    block_scope(async |s| {
        s.spawn_until_cancelled(poll_fn(|cx| {
            kept.lock().unwrap().push(cx.waker().clone());
            Poll::<()>::Pending
        }));
        while kept.lock().unwrap().is_empty() {
            yield_now().await;
        }
        s.cancel("enough");
    });
    kept.into_inner().unwrap().into_iter().for_each(Waker::wake);
}

/// The runtime drops a child that it has not finished: the borrow ends, and the loss is told.
#[test]
fn runtime_that_is_shut_down_ends_the_borrows_first() {
    let (threads, kept) = Threads::keeping();
    let drops = AtomicUsize::new(0);
    let builder = Nursery::builder().runtime(&threads);
    let outcome = builder.try_block_scope(&Threads::default(), async |s| {
        let guard = CountDrops(&drops);
        s.spawn(async {
            let _guard = guard;
            pending::<()>().await;
            Ok(())
        });
        let task = kept.lock().unwrap().pop();
        drop(task);
        Ok::<_, &str>(())
    });
    let error = outcome.expect("this thread may block").unwrap_err();
    assert!(matches!(error.primary().kind(), FailureKind::Lost));
    assert_eq!(drops.load(SeqCst), 1);
}

/// Polls once, then breaks down, forgetting what it was given if it is told to.
struct BreaksDown {
    forgets: bool,
}

impl Entry for BreaksDown {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = Box::pin(future);
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        if self.forgets {
            std::mem::forget(future);
        }
        panic!("the runtime broke down")
    }
}

#[test]
fn children_are_ended_where_the_runtime_breaks_down() {
    let (threads, kept) = Threads::keeping();
    let drops = AtomicUsize::new(0);
    let text = panic_of(|| {
        let outcome = on(&threads, &BreaksDown { forgets: false }, async |s| {
            for _ in 0..2 {
                let guard = CountDrops(&drops);
                s.spawn(async {
                    let _guard = guard;
                    pending::<()>().await
                });
            }
            pending::<()>().await;
        });
        drop(outcome);
    });
    assert_eq!(
        (text.as_str(), drops.load(SeqCst)),
        ("the runtime broke down", 2)
    );
    // The runtime still has its tasks. There is nothing in them.
    for mut task in kept.lock().unwrap().drain(..) {
        let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_ready());
    }
}

/// A destructor that runs on another thread is still at it when the call breaks down: the call waits for it.
#[test]
fn forgotten_future_does_not_hide_a_destructor_that_runs_elsewhere() {
    struct Slow<'a>(&'a AtomicUsize);
    impl Drop for Slow<'_> {
        fn drop(&mut self) {
            self.0.store(1, SeqCst);
            while self.0.load(SeqCst) != 2 {
                thread::yield_now();
            }
            // Long enough for a call that does not wait to have returned, as far as anybody can tell.
            for _ in 0..if cfg!(miri) { 100 } else { 50_000 } {
                thread::yield_now();
            }
            self.0.store(3, SeqCst);
        }
    }

    /// Drops the task on another thread, and panics when its destructor has begun.
    struct Hasty<'a> {
        kept: &'a Mutex<Vec<Task>>,
        stage: &'a AtomicUsize,
    }
    impl Entry for Hasty<'_> {
        fn block_on<F: Future>(&self, future: F) -> F::Output {
            let mut future = Box::pin(future);
            let polled = future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            let task = self.kept.lock().unwrap().pop();
            thread::spawn(|| drop(task));
            while self.stage.load(SeqCst) != 1 {
                thread::yield_now();
            }
            std::mem::forget(future);
            self.stage.store(2, SeqCst);
            // Without the hook, which takes its time.
            resume_unwind(Box::new("the runtime broke down"))
        }
    }

    let (threads, kept) = Threads::keeping();
    let stage = AtomicUsize::new(0);
    let entry = Hasty {
        kept: &kept,
        stage: &stage,
    };
    let text = panic_of(|| {
        let outcome = on(&threads, &entry, async |s| {
            let slow = Slow(&stage);
            s.spawn(async move {
                let _slow = slow;
                pending::<()>().await
            });
            pending::<()>().await;
        });
        drop(outcome);
    });
    assert_eq!(
        (text.as_str(), stage.load(SeqCst)),
        ("the runtime broke down", 3)
    );
}

#[test]
fn forgotten_future_of_the_call_lets_nobody_go_on() {
    let (threads, kept) = Threads::keeping();
    let late = Mutex::new(None);
    let drops = AtomicUsize::new(0);
    let text = panic_of(|| {
        let outcome = on(&threads, &BreaksDown { forgets: true }, async |s| {
            let guard = CountDrops(&drops);
            s.spawn(async {
                let _guard = guard;
                pending::<()>().await
            });
            *late.lock().unwrap() = Some(s);
            pending::<()>().await;
        });
        drop(outcome);
    });
    assert_eq!(
        (text.as_str(), drops.load(SeqCst)),
        ("the runtime broke down", 1)
    );
    assert_eq!(kept.lock().unwrap().len(), 1);
    // The nursery in it is open for ever, and takes nothing that borrows all the same.
    let late: BlockScope<'_> = late.into_inner().unwrap().unwrap();
    assert!(late.spawn(ready(())).into_refused().is_some());
}

/// A runtime that breaks its laws.
#[derive(Clone)]
enum Lawless {
    /// Refuses a task, and hands another one back.
    Swaps(Arc<Mutex<Option<Box<dyn Any + Send>>>>),
    /// Refuses a task that it has polled.
    PollsAndRefuses,
    /// Breaks none: it has shut down.
    Refuses,
}

impl Spawn for Lawless {
    fn spawn<F: Future<Output = ()> + Send + 'static>(&self, task: F) -> Result<(), Refused<F>> {
        match self {
            Self::Swaps(before) => {
                let before = before.lock().unwrap().replace(Box::new(task));
                match before {
                    Some(other) => Err(Refused::new(*other.downcast::<F>().expect("one type"))),
                    None => Ok(()),
                }
            }
            Self::Refuses => Err(Refused::new(task)),
            Self::PollsAndRefuses => {
                let mut task = task;
                let any: &mut dyn Any = &mut task;
                // What is handed to a runtime by a blocking scope may be moved.
                let unpin = any
                    .downcast_mut::<BoxTask>()
                    .expect("it is boxed for `dyn`");
                let polled = Pin::new(unpin).poll(&mut Context::from_waker(Waker::noop()));
                assert!(polled.is_pending());
                Err(Refused::new(task))
            }
        }
    }
}

impl SpawnBlocking for Lawless {
    fn spawn_blocking<W: FnOnce() + Send + 'static>(&self, work: W) -> Result<(), Refused<W>> {
        Err(Refused::new(work))
    }
}

impl Timer for Lawless {
    type Sleep = std::future::Pending<()>;

    fn sleep_until(&self, _: Instant) -> Self::Sleep {
        pending()
    }
}

#[test]
fn future_that_is_refused_comes_back_whatever_the_runtime_hands_back() {
    let runtime = Lawless::Swaps(Arc::default());
    let drops = AtomicUsize::new(0);
    on(&runtime, &Threads::default(), async |s| {
        let guard = CountDrops(&drops);
        let first = s.spawn(async {
            let _guard = guard;
        });
        assert!(first.is_ok());
        let text = String::from("the second");
        let second = s.spawn(async move { assert_eq!(text, "the second") });
        let second = second.into_refused().expect("it was refused");
        assert_eq!(
            drops.load(SeqCst),
            1,
            "the first was dropped by its runtime"
        );
        second.await;
    })
    .expect("this thread may block");
}

#[test]
fn runtime_that_has_shut_down_hands_the_future_back() {
    let text = String::from("a borrow");
    on(&Lawless::Refuses, &Threads::default(), async |s| {
        let refused = s.spawn(async { assert_eq!(text, "a borrow") });
        let refused = refused.into_result().unwrap_err();
        assert!(refused.is_shutdown());
        refused.into_inner().await;
    })
    .expect("this thread may block");
}

#[test]
fn future_that_was_polled_is_not_moved_out() {
    let drops = AtomicUsize::new(0);
    on(&Lawless::PollsAndRefuses, &Threads::default(), async |s| {
        let guard = CountDrops(&drops);
        let spawned = s.spawn(async {
            let _guard = guard;
            yield_now().await;
        });
        assert!(
            spawned.is_ok(),
            "there is nothing that could be handed back"
        );
        assert_eq!(drops.load(SeqCst), 1);
    })
    .expect("this thread may block");
}

#[test]
fn inside_a_task_it_is_refused_and_hands_the_body_back() {
    let threads = Threads::default();
    let root = Nursery::builder().runtime(&threads);
    let value = root.block_on(&threads, async {
        let refused = on(&threads, &threads, async |_| 7).unwrap_err();
        let text = refused.to_string();
        assert!(
            text.contains("runs a task") && text.contains("`scope`"),
            "{text}"
        );
        let body = refused.into_inner();
        thread::spawn(move || block_scope(body)).join().unwrap()
    });
    assert_eq!(value, 7);
}

#[test]
fn blocking_child_may_block() {
    let threads = Threads::default();
    let root = Nursery::builder().runtime(&threads);
    let sum = root.block_on(&threads, async {
        let blocking = steadfast::nursery(async |n| {
            n.spawn_blocking(|| {
                let sum = AtomicUsize::new(0);
                block_scope(async |s| {
                    for value in 1..=4 {
                        let sum = &sum;
                        s.spawn(async move { _ = sum.fetch_add(value, SeqCst) });
                    }
                });
                sum.into_inner()
            })
        });
        blocking.await.await.unwrap()
    });
    assert_eq!(sum, 10);
}

/// An entry that cannot say that it is occupied.
struct Occupied;

impl Entry for Occupied {
    fn block_on<F: Future>(&self, _: F) -> F::Output {
        panic!("occupied")
    }
}

#[test]
fn entry_that_panics_before_it_begins_refuses() {
    let outcome = on(&Threads::default(), &Occupied, async |_| 7);
    let refused = outcome.map(drop).unwrap_err();
    assert!(refused.to_string().contains("occupied"));
    assert_eq!(block_scope(refused.into_inner()), 7);
}

/// The same on each runtime that the facade owns, also where one thread does everything.
#[cfg(all(feature = "tokio", feature = "smol"))]
mod on_each_runtime {
    use super::*;
    use steadfast::Owner;
    use steadfast::smol::SmolRuntime;
    use steadfast::tokio::TokioRuntime;

    fn borrows_and_waits<O: Owner>(owner: &O) {
        let mut sums = vec![0; 8];
        let from_body = steadfast::block_scope(owner, async |s| {
            for (index, sum) in sums.iter_mut().enumerate() {
                s.spawn(async move {
                    for _ in 0..index {
                        yield_now().await;
                        *sum += index;
                    }
                });
            }
            s.spawn_with_handle(async { 7 }).await.unwrap()
        });
        assert_eq!(from_body.expect("this thread may block"), 7);
        assert_eq!(sums, [0, 1, 4, 9, 16, 25, 36, 49]);
    }

    #[test]
    fn borrows_and_waits_on_tokio() {
        borrows_and_waits(&TokioRuntime::multi_thread(2).unwrap());
        borrows_and_waits(&TokioRuntime::current_thread().unwrap());
    }

    #[test]
    fn borrows_and_waits_on_smol() {
        borrows_and_waits(&SmolRuntime::with_threads(2).unwrap());
    }

    #[cfg(feature = "smol-global")]
    #[test]
    fn borrows_and_waits_on_global_smol() {
        borrows_and_waits(&steadfast::smol::GlobalSmol);
    }

    #[cfg(feature = "async-std")]
    #[test]
    fn borrows_and_waits_on_async_std() {
        borrows_and_waits(&steadfast::async_std::AsyncStd);
    }

    /// It is, without a try that would panic.
    fn is_refused_here<O: Owner>(owner: &O) -> bool {
        let outcome = steadfast::block_scope(owner, async |_| ());
        outcome.is_err_and(|refused| refused.to_string().contains("opened: this thread"))
    }

    #[test]
    fn blocking_child_may_block_on_tokio() {
        let runtime = Arc::new(TokioRuntime::current_thread().unwrap());
        let inner = Arc::clone(&runtime);
        let blocking = steadfast::block_on(&*runtime, async {
            steadfast::nursery(async |n| n.spawn_blocking(move || borrows_and_waits(&*inner))).await
        });
        drive(blocking).unwrap();
    }

    /// No task of ours tells that it is one.
    #[test]
    fn plain_tokio_tasks_and_block_ons_are_refused() {
        let runtime = Arc::new(TokioRuntime::multi_thread(2).unwrap());
        let inner = Arc::clone(&runtime);
        assert!(runtime.block_on(async move {
            let inside = is_refused_here(&*inner);
            let task = tokio::spawn(async move { is_refused_here(&*inner) });
            inside && task.await.unwrap()
        }));
        let single = TokioRuntime::current_thread().unwrap();
        assert!(single.block_on(async { is_refused_here(&single) }));
        assert!(!is_refused_here(&single));
    }

    #[test]
    fn threads_of_smol_are_refused() {
        let runtime = Arc::new(SmolRuntime::with_threads(2).unwrap());
        let (send, receive) = mpsc::channel();
        let inner = Arc::downgrade(&runtime);
        let task = async move {
            let inner = inner.upgrade().expect("it is alive");
            send.send(is_refused_here(&*inner)).unwrap();
        };
        runtime.handle().spawn(task).unwrap();
        assert_eq!(receive.recv(), Ok(true));
    }

    #[cfg(feature = "smol-global")]
    #[test]
    fn threads_of_global_smol_are_refused() {
        use steadfast::smol::GlobalSmol;
        let (send, receive) = mpsc::channel();
        let task = async move { send.send(is_refused_here(&GlobalSmol)).unwrap() };
        GlobalSmol.spawn(task).unwrap();
        assert_eq!(receive.recv(), Ok(true));
    }

    #[cfg(feature = "async-std")]
    #[test]
    fn tasks_of_async_std_are_refused() {
        use steadfast::async_std::AsyncStd;
        let (send, receive) = mpsc::channel();
        let task = async move { send.send(is_refused_here(&AsyncStd)).unwrap() };
        AsyncStd.spawn(task).unwrap();
        assert_eq!(receive.recv(), Ok(true));
        assert!(AsyncStd.block_on(async { is_refused_here(&AsyncStd) }));
    }
}
