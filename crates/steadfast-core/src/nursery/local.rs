//! Nurseries whose children stay on one thread.

use std::fmt;
use std::future::Future;
use std::panic::Location;

use super::child::Task;
use super::forms::{handle_methods, spawn_methods};
use super::run::{NurseryFuture, Plain, Try};
use super::spawn::{Place, Why};
use super::{Never, Nursery, NurseryError};
use crate::scope::Around;
use crate::{AnyRuntime, Builder, Refused, Source, SpawnLocal};

/// A handle to an open nursery whose children run as tasks of a local executor: they need not be `Send`.
///
/// Otherwise a nursery like any other. Its children stay on the thread of the executor `L`, and so does this handle.
pub struct LocalNursery<L, E = Never> {
    nursery: Nursery<E, AnyRuntime>,
    local: L,
}

/// A local executor as a place where children are polled.
#[derive(Clone)]
struct OnThread<L>(L);

impl<L: SpawnLocal, T: Task + 'static> Place<T> for OnThread<L> {
    const REFUSAL: Why = Why::Shutdown;

    fn put(&self, task: T) -> Result<(), Refused<T>> {
        self.0.spawn_local(task)
    }
}

impl<S: Source> Builder<S> {
    /// Opens a nursery whose children run on the local executor `local`, runs `body` in it, and returns the body's value when
    /// everybody has finished.
    ///
    /// As [`run`](Self::run), for children that are not `Send`. Clocks and blocking work are those of the builder's runtime or of
    /// the task, if there is one; work that the nursery takes over runs there, too.
    ///
    /// # Panics
    ///
    /// Once everybody has finished, with the first panic of the body or a child. And if a deadline or a grace period is set
    /// where there is no runtime.
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    #[track_caller]
    pub fn run_local<L, F, Fut>(
        self,
        local: &L,
        body: F,
    ) -> impl Future<Output = Fut::Output> + use<S, L, F, Fut>
    where
        L: SpawnLocal + Clone,
        F: FnOnce(LocalNursery<L>) -> Fut,
        Fut: Future, // the body: `async |n| ..`, not `|n| ..`
    {
        let (source, opening) = self.into_parts();
        let body = LocalNursery::opener(local, body);
        NurseryFuture::<Around<S>, _, Fut, Plain>::new(
            Around(source),
            opening,
            body,
            Location::caller(),
        )
    }

    /// Opens a nursery whose children run on the local executor `local`, runs `body` in it, and returns the body's value if nobody
    /// has failed.
    ///
    /// To [`run_local`](Self::run_local) what [`try_run`](Self::try_run) is to [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// [`NurseryError`], once everybody has finished.
    ///
    /// # Panics
    ///
    /// As [`run_local`](Self::run_local), unless [`collect_panics`](Self::collect_panics) is set.
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    #[track_caller]
    pub fn try_run_local<L, F, Fut, T, E>(
        self,
        local: &L,
        body: F,
    ) -> impl Future<Output = Result<T, NurseryError<E>>> + use<S, L, F, Fut, T, E>
    where
        L: SpawnLocal + Clone,
        F: FnOnce(LocalNursery<L, E>) -> Fut,
        Fut: Future<Output = Result<T, E>>, // the body: `async |n| ..`, not `|n| ..`
        E: Send + 'static,
    {
        let (source, opening) = self.into_parts();
        let body = LocalNursery::opener(local, body);
        NurseryFuture::<Around<S>, _, Fut, Try>::new(
            Around(source),
            opening,
            body,
            Location::caller(),
        )
    }
}

impl<L: SpawnLocal + Clone, E: Send + 'static> LocalNursery<L, E> {
    fn opener<F, Fut>(
        local: &L,
        body: F,
    ) -> impl FnOnce(Nursery<E, AnyRuntime>) -> Fut + use<L, E, F, Fut>
    where
        F: FnOnce(Self) -> Fut,
    {
        let local = local.clone();
        |nursery| body(Self { nursery, local })
    }

    fn with(&self, nursery: Nursery<E, AnyRuntime>) -> Self {
        Self {
            nursery,
            local: self.local.clone(),
        }
    }

    fn door(&self) -> OnThread<L> {
        OnThread(self.local.clone())
    }

    fn near_door(&self) -> OnThread<L> {
        self.door()
    }
}

handle_methods!([L: SpawnLocal + Clone, E: Send + 'static] LocalNursery<L, E>);
spawn_methods!([L: SpawnLocal + Clone, E: Send + 'static] LocalNursery<L, E>, ['static], use<L, F, E>);

impl<L: Clone, E> Clone for LocalNursery<L, E> {
    fn clone(&self) -> Self {
        Self {
            nursery: self.nursery.clone(),
            local: self.local.clone(),
        }
    }
}

impl<L, E> fmt::Debug for LocalNursery<L, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalNursery").field(&self.nursery).finish()
    }
}
