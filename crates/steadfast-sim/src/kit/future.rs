//! Futures that know how they were polled.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use super::{Faults, OnDrop, Tally};

thread_local! {
    static SPAWNING: Cell<bool> = const { Cell::new(false) };
}

/// Calls `spawn`; a [`Scripted`] future that is polled on this thread before it returns reports a fault.
pub fn watch_for_inline_polls<R>(spawn: impl FnOnce() -> R) -> R {
    SPAWNING.set(true);
    let _reset = OnDrop::new(|| SPAWNING.set(false));
    spawn()
}

/// Wakes itself and is pending once.
pub async fn yield_once() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Polls `future` once, and tells what came of it.
pub async fn poll_once<F: Future + Unpin>(mut future: F) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut future).poll(cx))).await
}

/// The output of a future that is ready at its first poll.
///
/// # Panics
///
/// If it is not.
#[track_caller]
pub fn ready_now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future is not ready at its first poll"),
    }
}

/// Watches futures: how often they were polled and dropped, and whether anybody broke the rules of polling.
#[derive(Clone, Debug)]
pub struct Probe {
    watch: Arc<Watch>,
}

#[derive(Debug)]
struct Watch {
    polls: Tally,
    drops: Tally,
    inside: AtomicBool,
    ready: AtomicBool,
    faults: Faults,
}

impl Probe {
    /// Reports to `faults` a poll inside a spawn, a poll during another poll, and a poll after the end.
    #[must_use]
    pub fn new(faults: &Faults) -> Self {
        let watch = Watch {
            polls: Tally::new(),
            drops: Tally::new(),
            inside: AtomicBool::new(false),
            ready: AtomicBool::new(false),
            faults: faults.clone(),
        };
        Self {
            watch: Arc::new(watch),
        }
    }

    /// A future that answers its poll number `n`, counted from one, with `script(n, cx)`. One for each probe.
    #[must_use]
    pub fn future<F>(&self, script: F) -> Scripted
    where
        F: Fn(usize, &mut Context<'_>) -> Poll<()> + Send + Sync + 'static,
    {
        Scripted {
            probe: self.clone(),
            script: Arc::new(script),
        }
    }

    /// A future that is never ready.
    #[must_use]
    pub fn pending(&self) -> Scripted {
        self.future(|_, _| Poll::Pending)
    }

    /// A future that is ready at its first poll.
    #[must_use]
    pub fn ready(&self) -> Scripted {
        self.future(|_, _| Poll::Ready(()))
    }

    /// How often the future was polled.
    #[must_use]
    pub fn polls(&self) -> &Tally {
        &self.watch.polls
    }

    /// How often the future was dropped.
    #[must_use]
    pub fn drops(&self) -> &Tally {
        &self.watch.drops
    }
}

/// The future of [`Probe::future`].
pub struct Scripted {
    probe: Probe,
    script: Arc<Script>,
}

type Script = dyn Fn(usize, &mut Context<'_>) -> Poll<()> + Send + Sync;

impl Scripted {
    /// A second future over the same state. Polling both at once is what a backend without mutual exclusion would do, and the
    /// only way to do it in safe Rust.
    #[doc(hidden)]
    #[must_use]
    pub fn twin(&self) -> Self {
        Self {
            probe: self.probe.clone(),
            script: Arc::clone(&self.script),
        }
    }
}

impl Future for Scripted {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let watch = &self.probe.watch;
        let faults = &watch.faults;
        faults.expect(
            !SPAWNING.get(),
            "a task was polled inside the call that spawned it",
        );
        faults.expect(
            !watch.ready.load(Ordering::SeqCst),
            "a task was polled after it was ready",
        );
        faults.expect(
            !watch.inside.swap(true, Ordering::SeqCst),
            "a task was polled on two threads at once",
        );
        let poll = (self.script)(watch.polls.count() + 1, cx);
        watch.inside.store(false, Ordering::SeqCst);
        watch.ready.fetch_or(poll.is_ready(), Ordering::SeqCst);
        // Last, so that whoever waited for this poll finds everything that the script left behind.
        watch.polls.add();
        poll
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.probe.watch.drops.add();
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripted")
            .field("probe", &self.probe)
            .finish_non_exhaustive()
    }
}
