//! The bridge to tasks that are spawned with smol itself.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_executor::{FallibleTask, Task};
use steadfast_core::{ForeignTask, Owned};

/// Owns a plain task of smol: awaits it; cancels it and still awaits it if the scope around is asked to end.
///
/// smol cancels a task whose `Task` is dropped, and waits for nobody; so a `Task` that is kept in a child ends *some time* after
/// it. An owned one is gone before its owner. A task that was detached has no handle left to own.
///
/// # Errors
///
/// As [`Owned`]: cancelled by the request, or lost, if its executor was dropped.
///
/// # Panics
///
/// With the panic of the task.
///
/// # Cancel safety
///
/// As [`Owned`]: dropped, it cancels the task, and whoever drops it waits for that. Leaked, it leaves the task running, as smol does.
///
/// # Examples
///
/// ```
/// use async_executor::Executor;
/// use steadfast_core::Entry;
/// use steadfast_smol::{SmolRuntime, own};
///
/// let executor = Executor::new();
/// let job = executor.spawn(async { 7 });
/// let runtime = SmolRuntime::with_threads(1)?;
/// let value = runtime.block_on(executor.run(own(job)));
/// assert_eq!(value.unwrap(), 7);
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn own<T: Send + 'static>(task: Task<T>) -> Owned<SmolTask<T>> {
    steadfast_core::own(SmolTask(State::Runs(task.fallible())))
}

/// A plain task of smol that is [owned](own).
#[derive(Debug)]
pub struct SmolTask<T>(State<T>);

enum State<T> {
    Runs(FallibleTask<T>),
    Ends(Pin<Box<dyn Future<Output = Option<T>> + Send>>),
    /// While one takes the place of the other.
    Changes,
}

impl<T: Send + 'static> ForeignTask for SmolTask<T> {
    type Value = T;

    fn poll_gone(
        &mut self,
        cx: &mut Context<'_>,
        _: &mut Vec<Box<dyn Any + Send>>,
    ) -> Poll<Option<T>> {
        match &mut self.0 {
            State::Runs(task) => Pin::new(task).poll(cx),
            State::Ends(end) => end.as_mut().poll(cx),
            State::Changes => Poll::Ready(None),
        }
    }

    fn abort(&mut self) {
        if let State::Runs(task) = std::mem::replace(&mut self.0, State::Changes) {
            // It cancels at its first poll; dropped before that, it drops the task's handle, which cancels as well.
            self.0 = State::Ends(Box::pin(task.cancel()));
        }
    }
}

impl<T> std::fmt::Debug for State<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Runs(_) => "Runs",
            Self::Ends(_) => "Ends",
            Self::Changes => "Changes",
        })
    }
}
