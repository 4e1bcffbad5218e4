//! The bridge to tasks that are spawned with async-std itself.

use async_std::task::JoinHandle;
use steadfast_core::{CancelledByFuture, Owned};

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
    steadfast_core::own(CancelledByFuture::new(handle, |handle| {
        Box::pin(handle.cancel())
    }))
}

/// A plain task of async-std that is [owned](own).
pub type AsyncStdTask<T> = CancelledByFuture<JoinHandle<T>, T>;
