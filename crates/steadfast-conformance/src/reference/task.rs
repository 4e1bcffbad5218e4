//! One task: idle, ready, being polled, or over.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use super::Shared;
use crate::mutants::Fault;
use crate::probe::Scripted;

pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where a task is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Waits for a wake, or for its start.
    Idle,
    /// Is in the queue. Wakes change nothing.
    Ready,
    /// A thread polls it.
    Polled,
    /// A thread polls it, and it was woken since the poll began.
    PolledAndWoken,
    /// Was ready, or was dropped. Wakes change nothing.
    Over,
}

/// A task of a pool, and its own waker.
pub(super) struct Task {
    id: u64,
    /// Weak, because wakers outlive the pool.
    pool: Weak<Shared>,
    fault: Option<Fault>,
    phase: Mutex<Phase>,
    work: Mutex<Option<Work>>,
    /// What a pool without mutual exclusion polls while it polls `work`.
    twin: Mutex<Option<Scripted>>,
}

impl Task {
    pub(super) fn new<F>(id: u64, pool: &Arc<Shared>, work: F) -> Arc<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let twin = pool.has(Fault::PollsTwiceAtOnce).then(|| {
            let scripted = (&work as &dyn Any).downcast_ref::<Scripted>();
            scripted.map(Scripted::twin)
        });
        Arc::new(Self {
            id,
            pool: Arc::downgrade(pool),
            fault: pool.fault,
            phase: Mutex::new(Phase::Idle),
            work: Mutex::new(Some(Box::pin(work))),
            twin: Mutex::new(twin.flatten()),
        })
    }

    /// Puts a new task into the queue.
    pub(super) fn start(self: &Arc<Self>) {
        *self.phase() = Phase::Ready;
        self.schedule();
    }

    /// Polls the task once.
    pub(super) fn run(self: &Arc<Self>) {
        let mut work = lock(&self.work);
        let Some(future) = work.as_mut() else {
            return;
        };
        *self.phase() = Phase::Polled;
        let poll = self.poll(future);
        if poll.is_pending() {
            if self.fault == Some(Fault::CancelsUnwatched) {
                work.take();
            }
            drop(work);
            return self.rest();
        }
        if self.fault == Some(Fault::KeepsFinished) {
            return;
        }
        let finished = work.take();
        drop(work);
        *self.phase() = Phase::Over;
        if let Some(pool) = self.pool.upgrade() {
            pool.retire(self.id, finished);
        }
    }

    /// After a poll that was pending: back to the queue if it was woken meanwhile.
    fn rest(self: &Arc<Self>) {
        let mut phase = self.phase();
        let woken =
            *phase == Phase::PolledAndWoken && self.fault != Some(Fault::LosesWakeDuringPoll);
        *phase = if woken { Phase::Ready } else { Phase::Idle };
        drop(phase);
        if woken {
            self.schedule();
        } else if self.fault == Some(Fault::HoldsThread) {
            while lock(&self.work).is_some() {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    fn poll(self: &Arc<Self>, work: &mut Work) -> Poll<()> {
        let waker = Waker::from(Arc::clone(self));
        let cx = &mut Context::from_waker(&waker);
        if let Some(twin) = lock(&self.twin).as_mut() {
            return poll_both(work, twin, &waker);
        }
        let poll = work.as_mut().poll(cx);
        if poll.is_ready() && self.fault == Some(Fault::PollsAfterReady) {
            // What comes of it does not matter; that it happened does.
            let _ = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
        }
        poll
    }

    /// Drops the task's future, unless it was ready.
    pub(super) fn cancel(&self) {
        *self.phase() = Phase::Over;
        let work = lock(&self.work).take();
        drop(work);
    }

    fn schedule(self: &Arc<Self>) {
        if let Some(pool) = self.pool.upgrade() {
            pool.schedule(Arc::clone(self));
        }
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        lock(&self.phase)
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let mut phase = self.phase();
        match *phase {
            Phase::Idle if self.fault == Some(Fault::ForgetsToRepoll) => return,
            Phase::Polled if self.fault == Some(Fault::QueuesEveryWake) => {}
            Phase::Idle => *phase = Phase::Ready,
            Phase::Polled => {
                *phase = Phase::PolledAndWoken;
                return;
            }
            Phase::Ready | Phase::PolledAndWoken | Phase::Over => return,
        }
        drop(phase);
        self.schedule();
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id)
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

/// Polls `work` here and its twin on another thread, from the same moment on.
fn poll_both(work: &mut Work, twin: &mut Scripted, waker: &Waker) -> Poll<()> {
    let together = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            together.wait();
            let _ = Pin::new(twin).poll(&mut Context::from_waker(waker));
        });
        together.wait();
        work.as_mut().poll(&mut Context::from_waker(waker))
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
