//! Opening scopes without naming a runtime.

use std::future::Future;

use steadfast_core::NurseryError;
pub use steadfast_core::{LocalScope, Scope};

use crate::Nursery;

/// Opens a scope, runs `body` in it, and returns the body's value when everybody has finished.
///
/// When it returns, every child is gone: future dropped, captures dropped, async clean-up done. The children run inside the
/// current task, concurrently with the body and with each other, not in parallel. **They may borrow** whatever the caller has,
/// exactly as with [`std::thread::scope`]; it works on every runtime, and on none.
///
/// Life cycle: as that of [`nursery`](crate::nursery()). The future is `Send`, and the children must be; for others there is
/// [`scope_local`]. For settings, see [`Builder::scope`](crate::Builder::scope); for children that fail, [`try_scope`].
///
/// # Panics
///
/// With the first panic of the body or of a child, once everybody has finished. The panic asks the others to end.
///
/// # Cancel safety
///
/// Dropped before it is ready, it asks everybody to end with [`CancelReason::Dropped`](crate::CancelReason::Dropped) and drops the
/// body and all children where they stand. Clean-ups that they owe are handed to the task that drops it. Forgotten, it forgets
/// them: nothing runs, and nothing that they borrow is used again.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
/// # steadfast::block_on(&runtime, async {
/// let mut a = vec![1, 2, 3];
/// let mut x = 0;
///
/// steadfast::scope(async |s| {
///     s.spawn(async {
///         println!("a={a:?}");
///     });
///     s.spawn(async {
///         x += a[0] + a[2];
///     });
///     println!("hello from the body");
/// })
/// .await;
///
/// // After the scope, we can modify and access our variables again:
/// a.push(4);
/// assert_eq!(x, a.len());
/// # });
/// # }
/// ```
#[track_caller]
pub fn scope<'env, F, Fut>(body: F) -> impl Future<Output = Fut::Output>
where
    F: FnOnce(Scope<'env>) -> Fut,
    Fut: Future,
{
    Nursery::builder().scope(body)
}

/// Opens a scope whose body and children may fail, and returns the body's value if nobody has.
///
/// To [`scope`] what [`try_nursery`](crate::try_nursery) is to [`nursery`](crate::nursery()): the first failure asks all others to
/// end, all finish, and then the failures are returned.
///
/// # Errors
///
/// [`NurseryError`], once everybody has finished.
///
/// # Panics
///
/// As [`scope`].
///
/// # Cancel safety
///
/// As [`scope`].
#[track_caller]
pub fn try_scope<'env, F, Fut, T, E>(body: F) -> impl Future<Output = Result<T, NurseryError<E>>>
where
    F: FnOnce(Scope<'env, E>) -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: Send + 'static,
{
    Nursery::builder().try_scope(body)
}

/// [`scope`] for children that are not `Send`; its future is not `Send` either.
///
/// # Panics
///
/// As [`scope`].
///
/// # Cancel safety
///
/// As [`scope`].
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
///
/// # futures_util::future::FutureExt::now_or_never(async {
/// let sum = Cell::new(0);
/// steadfast::scope_local(async |s| {
///     for value in 1..=4 {
///         let sum = &sum;
///         s.spawn(async move { sum.set(sum.get() + value) });
///     }
/// })
/// .await;
/// assert_eq!(sum.get(), 10);
/// # }).expect("nothing in it waits");
/// ```
#[track_caller]
pub fn scope_local<'env, F, Fut>(body: F) -> impl Future<Output = Fut::Output>
where
    F: FnOnce(LocalScope<'env>) -> Fut,
    Fut: Future,
{
    Nursery::builder().scope_local(body)
}

/// [`try_scope`] for children that are not `Send`; its future is not `Send` either.
///
/// # Errors
///
/// As [`try_scope`].
///
/// # Panics
///
/// As [`scope`].
///
/// # Cancel safety
///
/// As [`scope`].
#[track_caller]
pub fn try_scope_local<'env, F, Fut, T, E>(
    body: F,
) -> impl Future<Output = Result<T, NurseryError<E>>>
where
    F: FnOnce(LocalScope<'env, E>) -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: Send + 'static,
{
    Nursery::builder().try_scope_local(body)
}
