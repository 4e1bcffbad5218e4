//! Opening scopes without naming a runtime.

use std::future::Future;

use steadfast_core::Never;
use steadfast_core::NurseryError;
pub use steadfast_core::{LocalScope, RefusedScope, Scope};

use crate::{AmbientRuntime, Nursery, Owner};

/// A handle to an open [`block_scope`]: spawns children into it, asks it to end, looks at it.
///
/// `'env` is how long the children may borrow; `E` is the error that they may end with, in a plain scope none.
pub type BlockScope<'env, E = Never> = steadfast_core::BlockScope<'env, E, AmbientRuntime>;

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
///
/// A child that spawns others takes a handle of its own:
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// let words = [String::from("one"), String::from("two")];
/// steadfast::scope(async |s| {
///     let own = s.clone();
///     let words = &words;
///     s.spawn(async move {
///         for word in words {
///             own.spawn(async move { assert_eq!(word.len(), 3) });
///         }
///     });
/// })
/// .await;
/// # }).expect("nothing in it waits");
/// ```
#[track_caller]
pub fn scope<'env, F, Fut>(body: F) -> impl Future<Output = Fut::Output>
where
    F: FnOnce(Scope<'env>) -> Fut,
    Fut: Future, // the body: `async |s| ..`, not `|s| ..`
{
    Nursery::builder().scope(body)
}

/// Opens a scope whose body and children may fail, and returns the body's value if nobody has.
///
/// To [`scope`] what [`try_nursery`](crate::try_nursery) is to [`nursery`](crate::nursery()): the first failure asks all others to
/// end, all finish, and then the failures are returned. Children may borrow; their errors may not.
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
    Fut: Future<Output = Result<T, E>>, // the body: `async |s| ..`, not `|s| ..`
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
    Fut: Future, // the body: `async |s| ..`, not `|s| ..`
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
    Fut: Future<Output = Result<T, E>>, // the body: `async |s| ..`, not `|s| ..`
    E: Send + 'static,
{
    Nursery::builder().try_scope_local(body)
}

/// Opens a blocking scope, runs `body` in it on this thread, and returns the body's value when everybody has finished.
///
/// The children run **in parallel**, as tasks of the runtime that `owner` owns, and they **may borrow** what the caller has. The
/// price: it is for synchronous code, and this thread is blocked until all have ended, on every path: a panic of the body or of
/// a child, a shutdown of the runtime, a panic of the runtime itself. A task cannot have both: its future can be
/// forgotten, and its children would go on.
///
/// Life cycle: as that of [`nursery`](crate::nursery()), driven by [`block_on`](crate::Entry::block_on) of `owner`, so that a runtime of
/// one thread works here, too. The body is polled on this thread, and may borrow from the caller as well. With settings:
/// [`Builder::block_scope`](crate::Builder::block_scope); for children that fail, [`try_block_scope`].
///
/// A child costs one allocation more than in a nursery.
///
/// # Errors
///
/// [`RefusedScope`], with `body` in it, where to block could keep the runtime from going on: in a steadfast task, on a thread that
/// polls tasks of the runtime, inside a `block_on`. Nothing has run then. In blocking children it is allowed. Tokio does not
/// say which of its threads may block, so that plain `tokio::task::spawn_blocking` work is refused, too.
///
/// # Panics
///
/// With the first panic of the body or of a child, once everybody has finished. The panic asks the others to end.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// use steadfast::RefusedScope;
///
/// let runtime = steadfast::tokio::TokioRuntime::multi_thread(2)?;
/// let words = ["to be", "or not to be"];
/// let mut longest = 0;
///
/// let total = steadfast::block_scope(&runtime, async |s| {
///     let words = &words;
///     let lengths: Vec<_> = words.iter().map(|text| s.spawn_with_handle(async { text.len() })).collect();
///     s.spawn(async { longest = words.iter().map(|text| text.len()).max().unwrap_or(0) });
///     let mut total = 0;
///     for length in lengths {
///         total += length.await.expect("it neither fails nor panics");
///     }
///     total
/// })
/// .map_err(RefusedScope::without_body)?;
///
/// assert_eq!((total, longest), (17, 12));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[track_caller]
pub fn block_scope<'env, O, F, Fut>(owner: &O, body: F) -> Result<Fut::Output, RefusedScope<F>>
where
    O: Owner,
    F: FnOnce(BlockScope<'env>) -> Fut,
    Fut: Future, // the body: `async |s| ..`, not `|s| ..`
{
    Nursery::builder()
        .runtime(&owner.handle())
        .block_scope(owner, body)
}

/// [`block_scope`] whose body and children may fail: what [`try_nursery`](crate::try_nursery) is to [`nursery`](crate::nursery()).
///
/// # Errors
///
/// As [`block_scope`]; and inside of that, [`NurseryError`], once everybody has finished.
///
/// # Panics
///
/// As [`block_scope`].
#[track_caller]
pub fn try_block_scope<'env, O, F, Fut, T, E>(
    owner: &O,
    body: F,
) -> Result<Result<T, NurseryError<E>>, RefusedScope<F>>
where
    O: Owner,
    F: FnOnce(BlockScope<'env, E>) -> Fut,
    Fut: Future<Output = Result<T, E>>, // the body: `async |s| ..`, not `|s| ..`
    E: Send + 'static,
{
    Nursery::builder()
        .runtime(&owner.handle())
        .try_block_scope(owner, body)
}
