//! Opening nurseries without naming a runtime.

use std::future::Future;

pub use steadfast_core::{Lent, LocalNursery, StillLent};
use steadfast_core::{Never, NurseryError, SpawnLocal};

use crate::{AmbientRuntime, AmbientSource};

/// A handle to an open nursery: spawns children into it, asks it to end, looks at it.
///
/// `E` is the error that children may end with; in a plain nursery there is none. The type says nothing about the runtime, so
/// that functions which take a nursery work on all of them: `fn serve(n: &Nursery<io::Error>)`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use steadfast::Nursery;
///
/// async fn crawl(pages: Vec<String>) {
///     Nursery::builder()
///         .name("crawl")
///         .limit(8)
///         .deadline(Duration::from_secs(60))
///         .run(async |n| {
///             for page in pages {
///                 n.spawn(async move { println!("{page}") });
///             }
///         })
///         .await;
/// }
/// ```
pub type Nursery<E = Never> = steadfast_core::Nursery<E, AmbientRuntime>;

/// Says how a nursery is to be, then opens it. Made by [`Nursery::builder`].
pub type Builder<S = AmbientSource> = steadfast_core::Builder<S>;

/// Opens a nursery, runs `body` in it, and returns the body's value when everybody has finished.
///
/// When it returns, every child, and every child of a child, is gone: future dropped, captures dropped, async clean-up done.
/// The children run as tasks of the runtime that this task runs on.
///
/// Life cycle: the first poll opens the nursery and polls the body, which may borrow from the caller; children start when they
/// are spawned; when the body has ended and no child is left, the nursery closes and returns. It is no cancel point and
/// injects nothing. For settings and for another runtime, see [`Nursery::builder`]; for children that fail, [`try_nursery`].
///
/// # Panics
///
/// With the first panic of the body or of a child, once everybody has finished. The panic asks the others to end. And at the
/// first poll if there is no runtime here; the text names the enabled features and the fix.
///
/// # Cancel safety
///
/// Dropped before it is ready, it asks everybody to end with [`CancelReason::Dropped`](crate::CancelReason::Dropped), drops the
/// body, and leaves the children to the enclosing nursery or the root, which waits for them.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
/// # steadfast::block_on(&runtime, async {
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// let sum = Arc::new(AtomicU32::new(0));
/// steadfast::nursery(async |n| {
///     for value in 1..=4 {
///         let sum = Arc::clone(&sum);
///         n.spawn(async move { _ = sum.fetch_add(value, Ordering::Relaxed) });
///     }
/// })
/// .await;
/// assert_eq!(Arc::into_inner(sum).map(AtomicU32::into_inner), Some(10));
/// # });
/// # }
/// ```
#[track_caller]
pub fn nursery<F, Fut>(body: F) -> impl Future<Output = Fut::Output>
where
    F: FnOnce(Nursery) -> Fut,
    Fut: Future, // the body: `async |n| ..`, not `|n| ..`
{
    Nursery::builder().run(body)
}

/// Opens a nursery whose body and children may fail, and returns the body's value if nobody has.
///
/// As [`nursery`], and: the first failure asks all others to end, all finish, and then the failures are returned. Children
/// return `()` or `Result<(), E>`.
///
/// The error type `E` is inferred from body and children. Where they leave it open, or where children convert other errors
/// into it with `?`, say it: `try_nursery(async |n: Nursery<AppError>| ..)`.
///
/// # Errors
///
/// [`NurseryError`], once everybody has finished. Its [`primary`](NurseryError::primary) is the first failure in the order of
/// completion; the others are kept beside it. No runtime here is such a failure, too.
///
/// # Panics
///
/// With the first panic of the body or of a child, once everybody has finished.
///
/// # Cancel safety
///
/// As [`nursery`].
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
/// # steadfast::block_on(&runtime, async {
/// use steadfast::{CancelReason, cancelled, try_nursery};
///
/// let outcome = try_nursery(async |n| {
///     n.spawn(async { Err("the disk is full") });
///     n.spawn(async { assert!(matches!(cancelled().await, CancelReason::Failed(_))) });
///     Ok(())
/// })
/// .await;
/// let error = outcome.expect_err("a child failed");
/// assert_eq!(error.primary().error(), Some(&"the disk is full"));
/// # });
/// # }
/// ```
#[track_caller]
pub fn try_nursery<F, Fut, T, E>(body: F) -> impl Future<Output = Result<T, NurseryError<E>>>
where
    F: FnOnce(Nursery<E>) -> Fut,
    Fut: Future<Output = Result<T, E>>, // the body: `async |n| ..`, not `|n| ..`
    E: Send + 'static,
{
    Nursery::builder().try_run(body)
}

/// Opens a nursery whose children need not be `Send`: they run as tasks of the local executor `local`, on this thread.
///
/// As [`nursery`] otherwise. Local executors are `TokioLocal` (of a `LocalSet` or a `LocalRuntime`), `SmolLocal` (of a
/// `LocalExecutor`) and async-std's `AsyncStdLocal`. With settings: [`Builder::run_local`]; with errors: [`try_nursery_local`].
///
/// # Panics
///
/// With the first panic of the body or of a child, once everybody has finished.
///
/// # Cancel safety
///
/// As [`nursery`].
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// # use steadfast::{Entry, tokio::TokioLocalRuntime};
/// use std::{cell::Cell, rc::Rc};
///
/// let runtime = TokioLocalRuntime::new().unwrap();
/// let sum = Rc::new(Cell::new(0));
/// runtime.block_on(steadfast::nursery_local(&runtime.local(), async |n| {
///     for value in 1..=4 {
///         let sum = Rc::clone(&sum);
///         n.spawn(async move { sum.set(sum.get() + value) });
///     }
/// }));
/// assert_eq!(sum.get(), 10);
/// # }
/// ```
#[track_caller]
pub fn nursery_local<L, F, Fut>(
    local: &L,
    body: F,
) -> impl Future<Output = Fut::Output> + use<L, F, Fut>
where
    L: SpawnLocal + Clone,
    F: FnOnce(LocalNursery<L>) -> Fut,
    Fut: Future, // the body: `async |n| ..`, not `|n| ..`
{
    Nursery::builder().run_local(local, body)
}

/// [`nursery_local`] whose body and children may fail: what [`try_nursery`] is to [`nursery`].
///
/// # Errors
///
/// [`NurseryError`], once everybody has finished.
///
/// # Panics
///
/// As [`nursery_local`].
///
/// # Cancel safety
///
/// As [`nursery`].
#[track_caller]
pub fn try_nursery_local<L, F, Fut, T, E>(
    local: &L,
    body: F,
) -> impl Future<Output = Result<T, NurseryError<E>>> + use<L, F, Fut, T, E>
where
    L: SpawnLocal + Clone,
    F: FnOnce(LocalNursery<L, E>) -> Fut,
    Fut: Future<Output = Result<T, E>>, // the body: `async |n| ..`, not `|n| ..`
    E: Send + 'static,
{
    Nursery::builder().try_run_local(local, body)
}

/// Opens a nursery that lends `data` to its body and children, and gives them back beside the body's value.
///
/// [`nursery`] for children that share data of yours without an `Arc` of your own: parallel, and as near to borrowing as a task
/// can get. The children have [`Lent`] clones, which read like references; when the nursery returns, all of them are gone.
/// With settings: [`Builder::run_with`]; to have the data back from errors and panics as well: [`try_nursery_with`].
///
/// # Errors
///
/// In the second place, [`StillLent`], if a [`Lent`] was carried out of the nursery.
///
/// # Panics
///
/// As [`nursery`]; the data are dropped then.
///
/// # Cancel safety
///
/// As [`nursery`]. The data are dropped with the last child.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
/// # steadfast::block_on(&runtime, async {
/// let words = vec!["to be", "or not to be"];
/// let (total, words) = steadfast::nursery_with(words, async |n, words| {
///     let halves = [0, 1].map(|half| {
///         let words = words.clone();
///         n.spawn_with_handle(async move { words[half].len() })
///     });
///     let mut total = 0;
///     for half in halves {
///         total += half.await.expect("it neither fails nor panics");
///     }
///     total
/// })
/// .await;
/// assert_eq!((total, words.unwrap()), (17, vec!["to be", "or not to be"]));
/// # });
/// # }
/// ```
#[track_caller]
pub fn nursery_with<D, F, Fut>(
    data: D,
    body: F,
) -> impl Future<Output = (Fut::Output, Result<D, StillLent<D>>)>
where
    F: FnOnce(Nursery, Lent<D>) -> Fut,
    Fut: Future, // the body: `async |n, data| ..`, not `|n, data| ..`
{
    Nursery::builder().run_with(data, body)
}

/// [`nursery_with`] whose body and children may fail: the data come back on a value, on an error, on a request and on a panic.
///
/// # Errors
///
/// In the first place, [`NurseryError`], once everybody has finished. A panic is a failure among the others here
/// ([`FailureKind::Panicked`](crate::FailureKind::Panicked)), because one that went on would take the data along. In the second
/// place, as [`nursery_with`].
///
/// # Cancel safety
///
/// As [`nursery_with`].
#[track_caller]
pub fn try_nursery_with<D, F, Fut, T, E>(
    data: D,
    body: F,
) -> impl Future<Output = (Result<T, NurseryError<E>>, Result<D, StillLent<D>>)>
where
    F: FnOnce(Nursery<E>, Lent<D>) -> Fut,
    Fut: Future<Output = Result<T, E>>, // the body: `async |n, data| ..`, not `|n, data| ..`
    E: Send + 'static,
{
    Nursery::builder().try_run_with(data, body)
}
