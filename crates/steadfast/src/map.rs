//! A value for each of many items, a few at a time.

use std::future::Future;

use steadfast_core::NurseryError;

use crate::Nursery;

/// Calls `f` with each item and runs the futures that it returns as children, at most `limit` at a time and **in parallel**; returns
/// their values in the order of the items.
///
/// An item is taken, and `f` is called, when there is a place for its child; a place is free when a child has finished, its
/// clean-ups included. So an endless or costly source is read no faster than the children end. `f` and the items may borrow from
/// the caller; the futures may not, save in [`map_concurrent_scoped`]. With settings:
/// [`Builder::map_concurrent`](crate::Builder::map_concurrent).
///
/// A request from around stops no item from being taken: the children see it at their marks.
///
/// Up to a `limit` of 64, each child is a task of its own. Beyond that, they share tasks, at no allocation for each: a task has at most a
/// 32nd of `limit`, and no more than 64. A child that blocks its thread, or computes for long, keeps the others of its task from being
/// polled, and their places from being used; so a large limit is for children that wait, or do little. Where a
/// [grace](crate::Builder::grace) may end children, or for a future of more than about 32 KiB, or with an alignment above 16, each
/// has a task of its own at any limit.
///
/// # Errors
///
/// [`NurseryError`], once everybody has finished. The first failure asks the others to end, and no further item is taken. If nothing
/// has failed, but a child gave way to a request and so has no value, the error
/// [says that](NurseryError::is_cancelled).
///
/// # Panics
///
/// If `limit` is 0. And once everybody has finished, with the first panic of `f` or of a child.
///
/// # Cancel safety
///
/// As [`nursery`](crate::nursery()). The values so far are dropped with the last child.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
/// # steadfast::block_on(&runtime, async {
/// let pages = ["a", "bb", "ccc"].map(String::from);
/// let lengths = steadfast::map_concurrent(pages, 2, async |page| {
///     // `fetch(&page).await?`
///     Ok::<_, std::io::Error>(page.len())
/// })
/// .await;
/// assert_eq!(lengths.unwrap(), [1, 2, 3]);
/// # });
/// # }
/// ```
///
/// What all children need, each has a clone of. The type of the error is said once, here in the block:
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// # let runtime = steadfast::tokio::TokioRuntime::current_thread().unwrap();
/// # steadfast::block_on(&runtime, async {
/// # use std::sync::Arc;
/// let site = Arc::new(String::from("example.org"));
/// let pages = steadfast::map_concurrent(["a", "b"], 2, |page| {
///     let site = Arc::clone(&site);
///     async move { Ok::<_, std::io::Error>(format!("{site}/{page}")) }
/// });
/// assert_eq!(pages.await.unwrap(), ["example.org/a", "example.org/b"]);
/// # });
/// # }
/// ```
#[track_caller]
pub fn map_concurrent<I, F, Fut, T, E>(
    items: I,
    limit: usize,
    f: F,
) -> impl Future<Output = Result<Vec<T>, NurseryError<E>>>
where
    I: IntoIterator,
    F: FnMut(I::Item) -> Fut, // with what all need: `|item| { let own = shared.clone(); async move { .. } }`
    Fut: Future<Output = Result<T, E>> + Send + 'static, // to borrow: `map_concurrent_scoped`
    T: Send + 'static,
    E: Send + 'static,
{
    Nursery::builder().map_concurrent(items, limit, f)
}

/// [`map_concurrent`] whose children run inside the current task, and **may borrow** from the caller; on every runtime, and on none.
///
/// # Errors
///
/// As [`map_concurrent`].
///
/// # Panics
///
/// As [`map_concurrent`].
///
/// # Cancel safety
///
/// As [`scope`](crate::scope()). The values so far are dropped, too.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// let text = String::from("to be or not to be");
/// let words: Vec<_> = text.split(' ').collect();
/// let lengths = steadfast::map_concurrent_scoped(&words, 3, async |word| match word.len() {
///     0 => Err("an empty word"),
///     length => Ok(length),
/// });
/// assert_eq!(lengths.await.unwrap(), [2, 2, 2, 3, 2, 2]);
/// # }).expect("nothing in it waits");
/// ```
#[track_caller]
pub fn map_concurrent_scoped<'env, I, F, Fut, T, E>(
    items: I,
    limit: usize,
    f: F,
) -> impl Future<Output = Result<Vec<T>, NurseryError<E>>>
where
    I: IntoIterator,
    F: FnMut(I::Item) -> Fut,
    Fut: Future<Output = Result<T, E>> + Send + 'env,
    T: Send + 'env,
    E: Send + 'static,
{
    Nursery::builder().map_concurrent_scoped(items, limit, f)
}

/// [`map_concurrent_scoped`] for children that are not `Send`. Neither is its future, then.
///
/// # Errors
///
/// As [`map_concurrent`].
///
/// # Panics
///
/// As [`map_concurrent`].
///
/// # Cancel safety
///
/// As [`map_concurrent_scoped`].
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
///
/// # futures_util::future::FutureExt::now_or_never(async {
/// let prefix = Rc::new(String::from("item "));
/// let names = steadfast::map_concurrent_scoped_local(1..=3, 2, async |number| {
///     Ok::<_, ()>(format!("{prefix}{number}"))
/// });
/// assert_eq!(names.await.unwrap().join(", "), "item 1, item 2, item 3");
/// # }).expect("nothing in it waits");
/// ```
#[track_caller]
pub fn map_concurrent_scoped_local<'env, I, F, Fut, T, E>(
    items: I,
    limit: usize,
    f: F,
) -> impl Future<Output = Result<Vec<T>, NurseryError<E>>>
where
    I: IntoIterator,
    F: FnMut(I::Item) -> Fut,
    Fut: Future<Output = Result<T, E>> + 'env,
    T: 'env,
    E: Send + 'static,
{
    Nursery::builder().map_concurrent_scoped_local(items, limit, f)
}
