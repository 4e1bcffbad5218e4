//! The bridge to tasks that are spawned with async-std itself.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use async_std::task::JoinHandle;
use steadfast_core::{ForeignTask, Owned};

/// Owns a plain task of async-std: awaits it; cancels it and still awaits it if the scope around is asked to end.
///
/// async-std detaches a task whose handle is dropped. An owned one is gone before its owner.
///
/// **Not for blocking work**: async-std says that it has ended when it is cancelled, while it still runs. Use the nursery's
/// `spawn_blocking`.
///
/// # Errors
///
/// As [`Owned`]: cancelled by the request.
///
/// # Panics
///
/// With the panic of the task.
///
/// # Cancel safety
///
/// As [`Owned`]: dropped, it cancels the task, and whoever drops it waits for that. Leaked, it leaves the task detached.
///
/// # Examples
///
/// ```
/// use async_std::task;
/// use steadfast_async_std::own;
///
/// let value = task::block_on(own(task::spawn(async { 7 })));
/// assert_eq!(value.unwrap(), 7);
/// ```
#[track_caller]
pub fn own<T: Send + 'static>(handle: JoinHandle<T>) -> Owned<AsyncStdTask<T>> {
    steadfast_core::own(AsyncStdTask(State::Runs(handle)))
}

/// A plain task of async-std that is [owned](own).
#[derive(Debug)]
pub struct AsyncStdTask<T>(State<T>);

enum State<T> {
    Runs(JoinHandle<T>),
    Ends(Pin<Box<dyn Future<Output = Option<T>> + Send>>),
    Gone(Option<T>),
}

// The value is not pinned in it.
impl<T> Unpin for AsyncStdTask<T> {}

impl<T: Send + 'static> ForeignTask for AsyncStdTask<T> {
    type Value = T;

    fn poll_gone(
        &mut self,
        cx: &mut Context<'_>,
        _: &mut Vec<Box<dyn Any + Send>>,
    ) -> Poll<Option<T>> {
        match &mut self.0 {
            State::Runs(handle) => Pin::new(handle).poll(cx).map(Some),
            State::Ends(end) => end.as_mut().poll(cx),
            State::Gone(value) => Poll::Ready(value.take()),
        }
    }

    fn abort(&mut self) {
        if let State::Runs(handle) = std::mem::replace(&mut self.0, State::Gone(None)) {
            let mut end = Box::pin(handle.cancel());
            // It cancels at its first poll; dropped before that, it would drop the handle, and thereby detach the task.
            self.0 = match end.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(value) => State::Gone(value),
                Poll::Pending => State::Ends(end),
            };
        }
    }
}

impl<T> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Runs(_) => "Runs",
            Self::Ends(_) => "Ends",
            Self::Gone(_) => "Gone",
        })
    }
}
