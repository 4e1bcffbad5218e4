//! The bridge to tasks that are spawned with smol itself.

use async_executor::{FallibleTask, Task};
use steadfast_core::{CancelledByFuture, Owned};

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
    let task = task.fallible();
    steadfast_core::own(CancelledByFuture::new(task, |task| Box::pin(task.cancel())))
}

/// A plain task of smol that is [owned](own).
pub type SmolTask<T> = CancelledByFuture<FallibleTask<T>, T>;
