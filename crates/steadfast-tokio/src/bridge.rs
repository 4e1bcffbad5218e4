//! Bridges to code that has not been ported: it spawns with tokio, cancels with tokens, binds with `task_local!`. The table is at the head of the crate.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use steadfast_core::{ForeignTask, Owned};
use tokio::task::{JoinError, JoinHandle, JoinSet, LocalKey};

#[cfg(feature = "tokio-util")]
mod token;

#[cfg(feature = "tokio-util")]
pub use self::token::{CancelledBy, WithToken, cancelled_by, with_token};

/// Owns a plain tokio task: awaits it; aborts it and still awaits it if the scope around is asked to end.
///
/// In a child of a nursery, the task does not outlive the nursery: `n.spawn(async { own(tokio::spawn(job())).await; })`. Blocking
/// work that has begun is awaited, because tokio cannot abort it.
///
/// # Errors
///
/// As [`Owned`]: cancelled by the request, or lost, if somebody else aborted the task or its runtime has shut down.
///
/// # Panics
///
/// With the panic of the task.
///
/// # Cancel safety
///
/// As [`Owned`]: dropped, it aborts the task, and whoever drops it waits for that.
///
/// # Examples
///
/// ```
/// # use steadfast_core::{Builder, Entry};
/// use steadfast_tokio::{Tokio, TokioRuntime, own};
///
/// async fn not_ported() -> tokio::task::JoinHandle<u32> {
///     tokio::spawn(async { 7 })
/// }
///
/// # TokioRuntime::current_thread().unwrap().block_on(async {
/// # let tokio = Tokio::current().unwrap();
/// let value = Builder::on(&tokio).run(async |n| {
///     let forever = tokio::spawn(std::future::pending::<()>());
///     n.spawn(async { assert!(own(forever).await.unwrap_err().is_cancelled()) });
///     let value = own(not_ported().await).await;
///     n.cancel("done");
///     value
/// });
/// assert_eq!(value.await.unwrap(), 7);
/// // Both tasks are gone here, the one that never ends as well.
/// # });
/// ```
#[track_caller]
pub fn own<T: Send + 'static>(handle: JoinHandle<T>) -> Owned<TokioTask<T>> {
    steadfast_core::own(TokioTask(handle))
}

/// A plain tokio task that is [owned](own).
#[derive(Debug)]
pub struct TokioTask<T>(JoinHandle<T>);

impl<T: Send + 'static> ForeignTask for TokioTask<T> {
    type Value = T;

    fn poll_gone(
        &mut self,
        cx: &mut Context<'_>,
        panics: &mut Vec<Box<dyn Any + Send>>,
    ) -> Poll<Option<T>> {
        let ended = ready!(Pin::new(&mut self.0).poll(cx));
        Poll::Ready(match ended.map_err(JoinError::try_into_panic) {
            Ok(value) => Some(value),
            Err(Ok(panic)) => {
                panics.push(panic);
                None
            }
            Err(Err(_aborted)) => None,
        })
    }

    fn abort(&mut self) {
        self.0.abort();
    }
}

/// Owns all tasks of a set: awaits them; aborts them and still awaits them if the scope around is asked to end.
///
/// Returns how each of them ended, in the order in which they did: its value, or the error that says that it was aborted. If the
/// request aborted any, the caller counts as having given way.
///
/// # Panics
///
/// With the first panic of a task, once all are gone. The others are reported.
///
/// # Cancel safety
///
/// As [`own`].
///
/// # Examples
///
/// ```
/// # use steadfast_core::Entry;
/// use steadfast_tokio::{TokioRuntime, own_set};
///
/// # TokioRuntime::current_thread().unwrap().block_on(async {
/// let set: tokio::task::JoinSet<u32> = (1..=3).map(|value| async move { value }).collect();
/// let sum: u32 = own_set(set).await.into_iter().map(|end| end.unwrap_or(0)).sum();
/// assert_eq!(sum, 6);
/// # });
/// ```
#[track_caller]
pub fn own_set<T: Send + 'static>(
    set: JoinSet<T>,
) -> impl Future<Output = Vec<Result<T, JoinError>>> + Send {
    let owned = steadfast_core::own(TokioSet {
        set,
        ends: Vec::new(),
    });
    // A set always has a value: how its tasks ended.
    async move { owned.await.unwrap_or_default() }
}

struct TokioSet<T> {
    set: JoinSet<T>,
    ends: Vec<Result<T, JoinError>>,
}

// The values are not pinned in it.
impl<T> Unpin for TokioSet<T> {}

impl<T: Send + 'static> ForeignTask for TokioSet<T> {
    type Value = Vec<Result<T, JoinError>>;

    fn poll_gone(
        &mut self,
        cx: &mut Context<'_>,
        panics: &mut Vec<Box<dyn Any + Send>>,
    ) -> Poll<Option<Self::Value>> {
        while let Some(end) = ready!(self.set.poll_join_next(cx)) {
            match end {
                Err(error) if error.is_panic() => panics.push(error.into_panic()),
                end => self.ends.push(end),
            }
        }
        Poll::Ready(Some(std::mem::take(&mut self.ends)))
    }

    fn abort(&mut self) {
        self.set.abort_all();
    }

    fn was_aborted(ends: &Self::Value) -> bool {
        ends.iter().any(Result::is_err)
    }
}

/// Binds in `future` what the task-local `key` is bound to here; nothing, if it is not bound here.
///
/// tokio's task-locals are not inherited by tasks, children among them: `n.spawn(inherit(&USER, work()))`. The value is cloned now,
/// and bound while the future is polled and while it is dropped.
///
/// # Cancel safety
///
/// As `future`.
///
/// # Examples
///
/// ```
/// # use steadfast_core::{Builder, Entry};
/// use steadfast_tokio::{Tokio, TokioRuntime, inherit};
///
/// tokio::task_local! { static USER: &'static str; }
///
/// # TokioRuntime::current_thread().unwrap().block_on(async {
/// # let tokio = Tokio::current().unwrap();
/// let nursery = Builder::on(&tokio).run(async |n| {
///     n.spawn(async { assert!(USER.try_get().is_err()) });
///     n.spawn(inherit(&USER, async { assert_eq!(USER.get(), "ada") }));
/// });
/// USER.scope("ada", nursery).await;
/// # });
/// ```
pub fn inherit<T, F>(
    key: &'static LocalKey<T>,
    future: F,
) -> impl Future<Output = F::Output> + use<T, F>
where
    T: Clone + 'static,
    F: Future,
{
    // Bound before the first poll, so that a future that is dropped unpolled has it as well.
    let future = match key.try_with(T::clone) {
        Ok(value) => Ok(key.scope(value, future)),
        Err(_) => Err(future),
    };
    async move {
        match future {
            Ok(bound) => bound.await,
            Err(plain) => plain.await,
        }
    }
}
