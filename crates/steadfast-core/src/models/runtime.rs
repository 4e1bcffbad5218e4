//! A runtime of Loom's threads, and what models look at.

use std::future::{Future, Pending, pending, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use loom::future::block_on;
use loom::thread::{self, JoinHandle};

use crate::sync::AtomicWaker;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::{CancelReason, Entry, Refused, Spawn, SpawnBlocking, Timer};

/// Each task is a thread of the model, which blocks until it is woken. Its clock stands still: no timer ever rings.
#[derive(Clone, Default)]
pub(crate) struct Threads {
    // A lock of std's: it is never held at one of Loom's points, and so no part of what is modelled.
    started: Arc<std::sync::Mutex<Vec<JoinHandle<()>>>>,
}

impl Threads {
    fn start(&self, run: impl FnOnce() + 'static) {
        let thread = thread::spawn(run);
        self.handles().push(thread);
    }

    fn handles(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.started
            .lock()
            .expect("nothing panics while it is locked")
    }

    /// Waits until every task is gone: Loom takes the statics away when the first thread ends.
    pub(super) fn join(&self) {
        loop {
            let Some(thread) = self.handles().pop() else {
                return;
            };
            thread.join().expect("a task does not panic");
        }
    }
}

impl Spawn for Threads {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.start(move || block_on(task));
        Ok(())
    }
}

impl SpawnBlocking for Threads {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        self.start(work);
        Ok(())
    }
}

impl Timer for Threads {
    type Sleep = Pending<()>;

    fn sleep_until(&self, _: Instant) -> Pending<()> {
        pending()
    }
}

impl Entry for Threads {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }
}

/// Something that was done on one thread, to be seen on another. It orders nothing itself: a look that nothing orders after
/// the deed may miss it, and in one of the interleavings it does.
#[derive(Clone, Default)]
pub(super) struct Deed(Arc<Count>);

struct Count(AtomicUsize);

impl Default for Count {
    fn default() -> Self {
        Self(AtomicUsize::new(0))
    }
}

impl Deed {
    pub(super) fn done(&self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it was done, as far as this thread must have heard of it.
    pub(super) fn seen(&self) -> usize {
        self.0.0.load(Ordering::Relaxed)
    }

    /// A value whose destructor is the deed.
    pub(super) fn by_drop(&self) -> ByDrop {
        ByDrop(self.clone())
    }
}

pub(super) struct ByDrop(Deed);

impl Drop for ByDrop {
    fn drop(&mut self) {
        self.0.done();
    }
}

/// Raised once, by one thread, for a future on another.
#[derive(Clone)]
pub(super) struct Flag(Arc<(AtomicBool, AtomicWaker)>);

impl Flag {
    pub(super) fn new() -> Self {
        Self(Arc::new((AtomicBool::new(false), AtomicWaker::new())))
    }

    pub(super) fn raise(&self) {
        self.0.0.store(true, Ordering::Release);
        self.0.1.wake();
    }

    pub(super) async fn raised(&self) {
        poll_fn(|cx| {
            self.0.1.register(cx.waker());
            match self.0.0.load(Ordering::Acquire) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}

/// Asks everybody in the nursery in which the caller runs to end, and ends their grace, for which no timer rings here.
pub(super) fn end_the_grace() {
    let node = crate::context::scope().expect("the caller runs in a nursery");
    node.request(CancelReason::Shutdown);
    node.abort();
}

/// Polls `future` once, and does not wait for it.
pub(super) async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    poll_fn(|cx| match std::pin::Pin::new(&mut *future).poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
