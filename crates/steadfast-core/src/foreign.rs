//! Tasks of somebody else's, owned: waited for, asked to end with the scope around, and never left behind.
//!
//! A child is a future that is handed to the runtime; a task that code which has not been ported spawned is there already, and all
//! that is left of it is a handle. Whoever holds the handle can do three things: wait, abort, and let go. [`Owned`] does the first
//! two at the right time, and never the third.

use std::any::Any;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::async_drop::AsyncDrop;
use crate::unwind::{self, Payload};
use crate::{
    AsyncDropGuard, CancelReason, ChildError, Origin, Report, WaitCancelled, cancelled, checkpoint,
    report,
};

/// The handle of a task that another library spawned, or of several.
///
/// For the bridges of backends; everybody else calls their `own`.
pub trait ForeignTask: Send + Unpin + 'static {
    /// What the task returns.
    type Value: Send;

    /// Ready once the task is gone, its future dropped: with its value, or with `None` if it ended without one. A panic of the task
    /// may be thrown; or, where there may be several, pushed to `panics`, in the order in which they came.
    ///
    /// It is not called again after it was ready.
    fn poll_gone(
        &mut self,
        cx: &mut Context<'_>,
        panics: &mut Vec<Box<dyn Any + Send>>,
    ) -> Poll<Option<Self::Value>>;

    /// Has the task dropped at its next await. Returns at once, and is called at most once. It may throw the panic of a task that has
    /// panicked; `poll_gone` has nothing left to tell then.
    fn abort(&mut self);

    /// Whether this value says that the task was aborted, all the same.
    fn was_aborted(value: &Self::Value) -> bool {
        let _ = value;
        false
    }
}

/// A [`ForeignTask`] whose handle is given up for a future that is ready when the task is gone: how `async-task` cancels, and what is
/// built on it. `T` is what the task returns; the handle gives that, or an `Option` of it.
///
/// For the bridges of backends, as the trait is.
pub struct CancelledByFuture<H, T> {
    state: State<H, T>,
    cancel: fn(H) -> End<T>,
}

type End<T> = Pin<Box<dyn Future<Output = Option<T>> + Send>>;

enum State<H, T> {
    Runs(H),
    Ends(End<T>),
    Gone(Option<T>),
}

impl<H, T> CancelledByFuture<H, T> {
    /// The task of `handle`. The future of `cancel` cancels it at its first poll, which does not wait for the task.
    pub const fn new(handle: H, cancel: fn(H) -> End<T>) -> Self {
        let state = State::Runs(handle);
        Self { state, cancel }
    }
}

// The value is not pinned in it.
impl<H: Unpin, T> Unpin for CancelledByFuture<H, T> {}

impl<H, T> ForeignTask for CancelledByFuture<H, T>
where
    H: Future<Output: Into<Option<T>>> + Send + Unpin + 'static,
    T: Send + 'static,
{
    type Value = T;

    fn poll_gone(
        &mut self,
        cx: &mut Context<'_>,
        _: &mut Vec<Box<dyn Any + Send>>,
    ) -> Poll<Option<T>> {
        match &mut self.state {
            State::Runs(handle) => Pin::new(handle).poll(cx).map(Into::into),
            State::Ends(end) => end.as_mut().poll(cx),
            State::Gone(value) => Poll::Ready(value.take()),
        }
    }

    fn abort(&mut self) {
        if let State::Runs(handle) = std::mem::replace(&mut self.state, State::Gone(None)) {
            let mut end = (self.cancel)(handle);
            // Polled here, since a future that is dropped before its first poll may drop the handle, and thereby detach the task.
            self.state = match end.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(value) => State::Gone(value),
                Poll::Pending => State::Ends(end),
            };
        }
    }
}

impl<H, T> fmt::Debug for CancelledByFuture<H, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Runs(_) => "Runs",
            State::Ends(_) => "Ends",
            State::Gone(_) => "Gone",
        };
        f.debug_tuple("CancelledByFuture").field(&state).finish()
    }
}

/// Owns a task of somebody else's.
#[track_caller]
pub fn own<T: ForeignTask>(task: T) -> Owned<T> {
    Owned {
        held: Some(AsyncDropGuard::new(Held {
            task,
            panics: Vec::new(),
            aborted: false,
            origin: Origin::at(Location::caller()),
        })),
        asked: cancelled(),
        reason: None,
    }
}

/// A task of somebody else's, which its owner waits for: the future of `own`, which each backend has.
///
/// Life cycle: it waits until the task is gone; if the scope that it is awaited in is asked to end before that, it has the task
/// aborted, and still waits. So whoever awaits it does not return before the task, and a nursery that has it in a child does not
/// either. A [`shielded`](crate::FutureExt::shielded) one does not hear of the request.
///
/// The task itself is not ported: it sees no request, inherits no deadline, and is dropped at whichever await it stands, as an abort
/// of its own runtime does.
///
/// # Errors
///
/// [`ChildError`], if the task ended without a value: [cancelled](ChildError::is_cancelled) if that was the request's doing, and the
/// caller then counts as having given way; [lost](ChildError::is_lost) if somebody else aborted it, or its runtime has shut down.
/// A value that is there is returned, also after a request.
///
/// # Panics
///
/// With the panic of the task. Of a set, with the first one, when all tasks are gone; the others are reported.
///
/// # Cancel safety
///
/// Dropped before it is ready, polled or not, it aborts the task, and the steadfast task that drops it waits for that, as for every
/// [clean-up](crate::AsyncDrop); a panic is a failure of the nursery then. Dropped where nobody can wait, it aborts, and reports that
/// nobody waited. Leaked, it leaves the task detached.
#[must_use = "dropping it aborts the task; await it"]
pub struct Owned<T: ForeignTask> {
    held: Option<AsyncDropGuard<Held<T>>>,
    asked: WaitCancelled,
    /// Why the task was aborted.
    reason: Option<CancelReason>,
}

struct Held<T> {
    task: T,
    panics: Vec<Payload>,
    aborted: bool,
    origin: Origin,
}

impl<T: ForeignTask> Held<T> {
    fn abort(&mut self) {
        if !std::mem::replace(&mut self.aborted, true) {
            let Self { task, panics, .. } = self;
            if let Err(payload) = unwind::catch(|| task.abort()) {
                panics.push(payload);
            }
        }
    }

    /// A panic that is thrown comes first: it ends the task, and there is one task then.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<Option<T::Value>> {
        let Self { task, panics, .. } = self;
        unwind::catch(|| task.poll_gone(cx, panics)).unwrap_or_else(|payload| {
            self.panics.push(payload);
            Poll::Ready(None)
        })
    }

    /// Throws the first panic, if there was one, and reports the others.
    fn raise(&mut self) {
        let mut panics = std::mem::take(&mut self.panics).into_iter();
        let Some(first) = panics.next() else { return };
        for payload in panics {
            report::send(&Report::Unreturned {
                child: self.origin.clone(),
                what: format!(
                    "is a set of tasks, one of which panicked after another one: {}",
                    unwind::message(&*payload)
                ),
            });
            unwind::forget_payload(payload);
        }
        resume_unwind(first);
    }
}

impl<T: ForeignTask> Future for Owned<T> {
    type Output = Result<T::Value, ChildError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(held) = &mut this.held else {
            panic!("an owned task was polled after it had returned; await it once");
        };
        // Value first: a task that has ended was not aborted.
        let value = loop {
            if let Poll::Ready(value) = held.poll_gone(cx) {
                break value;
            }
            if held.aborted {
                return Poll::Pending;
            }
            match Pin::new(&mut this.asked).poll(cx) {
                Poll::Ready(reason) => this.reason = Some(reason),
                Poll::Pending => return Poll::Pending,
            }
            held.abort();
        };
        let Some(mut held) = this.held.take().map(AsyncDropGuard::into_inner) else {
            unreachable!("it was there a moment ago");
        };
        held.raise();
        let reason = this
            .reason
            .take()
            .filter(|_| value.as_ref().is_none_or(T::was_aborted));
        if reason.is_some() {
            // It is this task that gives way by that.
            _ = checkpoint();
        }
        Poll::Ready(match (value, reason) {
            (Some(value), _) => Ok(value),
            (None, Some(reason)) => Err(ChildError::cancelled(held.origin, reason)),
            (None, None) => Err(ChildError::lost(held.origin)),
        })
    }
}

impl<T: ForeignTask> Drop for Owned<T> {
    fn drop(&mut self) {
        // At once, wherever the clean-up runs, if it runs.
        if let Some(held) = &mut self.held {
            held.abort();
        }
    }
}

impl<T: ForeignTask> AsyncDrop for Held<T> {
    /// The task is aborted by then: whoever drops the guard drops the [`Owned`] around it.
    async fn async_drop(mut self: Pin<&mut Self>) {
        poll_fn(|cx| self.poll_gone(cx).map(drop)).await;
        self.raise();
    }
}

impl<T: ForeignTask> fmt::Debug for Owned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owned")
            .field("origin", &self.held.as_ref().map(|held| &held.origin))
            .finish_non_exhaustive()
    }
}
