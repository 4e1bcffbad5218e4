//! Tasks that say whether they can run.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::virtual_time::Clock;

/// Where a task is between two suspensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Nobody has woken it since its last poll.
    Blocked,
    /// It will be polled.
    Runnable,
    /// It is being polled, or was ready and is about to be dropped.
    Polled,
}

/// A task that tells its clock when it can run.
pub(super) struct Watched<F> {
    task: Task<F>,
    id: u64,
    clock: Arc<Clock>,
    /// The waker of the runtime and ours around it, kept while the former stays the same.
    wakers: Option<(Waker, Waker)>,
}

/// The future can be given back until it is pinned.
enum Task<F> {
    Unpolled(F),
    Pinned(Pin<Box<F>>),
    Gone,
}

// Nothing is pinned but what is in a box.
impl<F> Unpin for Watched<F> {}

impl<F> Watched<F> {
    pub(super) fn new(clock: &Arc<Clock>, future: F) -> Self {
        Self {
            task: Task::Unpolled(future),
            id: clock.enter(),
            clock: Arc::clone(clock),
            wakers: None,
        }
    }

    /// The future, which was never polled.
    pub(super) fn into_inner(mut self) -> F {
        match std::mem::replace(&mut self.task, Task::Gone) {
            Task::Unpolled(future) => future,
            Task::Pinned(_) | Task::Gone => panic!("the runtime refused a task that it had polled"),
        }
    }

    fn waker(&mut self, theirs: &Waker) -> Waker {
        if let Some((known, ours)) = &self.wakers {
            if known.will_wake(theirs) {
                return ours.clone();
            }
        }
        let ours = Waker::from(Arc::new(Note {
            id: self.id,
            clock: Arc::clone(&self.clock),
            theirs: theirs.clone(),
        }));
        self.wakers = Some((theirs.clone(), ours.clone()));
        ours
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let waker = self.waker(cx.waker());
        self.clock.change(self.id, |_| Status::Polled);
        self.task = match std::mem::replace(&mut self.task, Task::Gone) {
            Task::Unpolled(future) => Task::Pinned(Box::pin(future)),
            pinned => pinned,
        };
        let Task::Pinned(future) = &mut self.task else {
            panic!("a task was polled after its end");
        };
        let poll = future.as_mut().poll(&mut Context::from_waker(&waker));
        if poll.is_pending() {
            // A wake that came during the poll stands.
            self.clock.change(self.id, |status| match status {
                Status::Polled => Status::Blocked,
                woken => woken,
            });
        }
        poll
    }
}

impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        // First the future, whose destructors may wake others.
        self.task = Task::Gone;
        self.clock.leave(self.id);
    }
}

/// Notes the wake before it hands it on, so that the task is never blocked and woken at once.
struct Note {
    id: u64,
    clock: Arc<Clock>,
    theirs: Waker,
}

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.clock.change(self.id, |_| Status::Runnable);
        self.theirs.wake_by_ref();
    }
}
