//! `tokio::task`, whose tasks belong to a nursery: [`spawn`], [`spawn_blocking`], [`spawn_local`], [`JoinSet`] and [`LocalSet`].
//! The rest is tokio's.

use std::future::Future;

pub use ::tokio::task::*;

use crate::guest::{self, Work};

mod local_set;
mod set;

pub use self::local_set::LocalSet;
pub use self::set::JoinSet;

/// As tokio's. The task belongs to the nursery in which the caller runs, or to the root of the runtime.
///
/// # Panics
///
/// As tokio's: outside of a runtime.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (task, own) = guest::task(guest::here(), future);
    let handle = ::tokio::task::spawn(task);
    own.is(|| handle.abort_handle());
    handle
}

/// As tokio's. The work belongs to the nursery in which the caller runs, or to the root of the runtime.
///
/// # Panics
///
/// As tokio's: outside of a runtime.
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let work = Work::new(guest::here(), f);
    ::tokio::task::spawn_blocking(move || work.run())
}

/// As tokio's. The task belongs to the nursery in which the caller runs, or to the root of the runtime.
///
/// # Panics
///
/// As tokio's: outside of a `LocalSet` and of a `LocalRuntime`.
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let (task, own) = guest::task(guest::here(), future);
    let handle = ::tokio::task::spawn_local(task);
    own.is(|| handle.abort_handle());
    handle
}
