use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};

use ::tokio::runtime::Handle;
use ::tokio::task::AbortHandle;

use crate::guest::{self, Work};
use crate::task::LocalSet;

/// tokio's [`JoinSet`](::tokio::task::JoinSet), whose tasks belong to the nursery in which their spawner runs.
///
/// It dereferences to tokio's, so that everything but the spawns is as ever. Dropped, it aborts its tasks, as tokio's does.
pub struct JoinSet<T>(::tokio::task::JoinSet<T>);

impl<T> JoinSet<T> {
    /// As tokio's.
    pub fn new() -> Self {
        Self(::tokio::task::JoinSet::new())
    }
}

impl<T: 'static> JoinSet<T> {
    /// As tokio's. The task belongs to the nursery in which the caller runs, or to the root of the runtime.
    ///
    /// # Panics
    ///
    /// As tokio's: outside of a runtime.
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        let (task, own) = guest::task(guest::here(), task);
        let handle = self.0.spawn(task);
        own.is(|| handle.clone());
        handle
    }

    /// As tokio's. The task belongs to the root of the runtime of `handle`.
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        let (task, own) = guest::task(guest::on(handle.id()), task);
        let abort = self.0.spawn_on(task, handle);
        own.is(|| abort.clone());
        abort
    }

    /// As tokio's. The task belongs to the nursery in which the caller runs, or to the root of the runtime.
    ///
    /// # Panics
    ///
    /// As tokio's: outside of a `LocalSet` and of a `LocalRuntime`.
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        let (task, own) = guest::task(guest::here(), task);
        let handle = self.0.spawn_local(task);
        own.is(|| handle.clone());
        handle
    }

    /// As tokio's. The task belongs to the nursery in which the caller runs, or to the root of the runtime.
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        let (task, own) = guest::task(guest::here(), task);
        let handle = self.0.spawn_local_on(task, local_set);
        own.is(|| handle.clone());
        handle
    }

    /// As tokio's. The work belongs to the nursery in which the caller runs, or to the root of the runtime.
    ///
    /// # Panics
    ///
    /// As tokio's: outside of a runtime.
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        let work = Work::new(guest::here(), f);
        self.0.spawn_blocking(move || work.run())
    }

    /// As tokio's. The work belongs to the root of the runtime of `handle`.
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        let work = Work::new(guest::on(handle.id()), f);
        self.0.spawn_blocking_on(move || work.run(), handle)
    }

    /// tokio's own, with the same tasks, for whoever takes one by value.
    pub fn into_tokio(self) -> ::tokio::task::JoinSet<T> {
        self.0
    }

    /// As tokio's.
    ///
    /// # Panics
    ///
    /// As tokio's: with the panic of a task.
    pub async fn join_all(self) -> Vec<T> {
        self.0.join_all().await
    }
}

impl<T> Deref for JoinSet<T> {
    type Target = ::tokio::task::JoinSet<T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> DerefMut for JoinSet<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        let mut set = Self::new();
        set.extend(futures);
        set
    }
}

impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        for future in futures {
            self.spawn(future);
        }
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
