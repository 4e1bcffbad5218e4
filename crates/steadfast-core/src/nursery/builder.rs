//! Opening a nursery.

use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use super::run::{NurseryFuture, Opening, Plain, Try};
use super::{Host, Never, Nursery, NurseryError};
use crate::origin::Name;
use crate::{AnyRuntime, Deadline, NoRuntime, Runtime};

/// Where a nursery gets its runtime from, when it is opened.
pub trait Source: Send {
    /// The runtime.
    type Runtime: Runtime;

    /// Finds it.
    ///
    /// # Errors
    ///
    /// [`NoRuntime`] if there is none here.
    fn resolve(self) -> Result<(Self::Runtime, AnyRuntime), NoRuntime>;

    /// Finds it for a caller that does not need its type.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve).
    fn resolve_any(self) -> Result<AnyRuntime, NoRuntime>
    where
        Self: Sized,
    {
        self.resolve().map(|(_, any)| any)
    }
}

/// A runtime that was named.
#[derive(Clone, Debug)]
pub struct Fixed<R>(R);

impl<R: Runtime> Source for Fixed<R> {
    type Runtime = R;

    fn resolve(self) -> Result<(R, AnyRuntime), NoRuntime> {
        let any = AnyRuntime::new(self.0.clone());
        Ok((self.0, any))
    }

    fn resolve_any(self) -> Result<AnyRuntime, NoRuntime> {
        Ok(AnyRuntime::new(self.0))
    }
}

/// A runtime type that stands for several others, so that the nurseries of a program all have one type.
///
/// The facade `steadfast` has one. A nursery with such a type is opened without naming a runtime.
pub trait Ambient: Runtime {
    /// Where a nursery gets it from.
    type Source: Source<Runtime = Self>;

    /// Looks for a runtime where the nursery is opened.
    fn here() -> Self::Source;

    /// Uses `runtime`, wherever the nursery is opened.
    fn named<R: Runtime>(runtime: &R) -> Self::Source;
}

impl<A: Ambient> Nursery<Never, A> {
    /// Says how a nursery is to be, before [`run`](Builder::run) or [`try_run`](Builder::try_run) opens it.
    ///
    /// It runs on the runtime of the task that opens it, unless [`runtime`](Builder::runtime) names another.
    pub fn builder() -> Builder<A::Source> {
        Builder::from_source(A::here())
    }
}

/// Says how a nursery is to be, then opens it with [`run`](Self::run) or [`try_run`](Self::try_run).
///
/// Grace, slow exit and clean-up budget are inherited from the enclosing nursery where they are not set.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `run` or `try_run`"]
pub struct Builder<S> {
    source: S,
    opening: Opening,
}

impl<R: Runtime> Builder<Fixed<R>> {
    /// A nursery whose children run on `runtime`.
    pub fn on(runtime: &R) -> Self {
        Self::from_source(Fixed(runtime.clone()))
    }
}

impl<S: Source> Builder<S> {
    /// A nursery whose runtime is looked for when it is opened.
    pub fn from_source(source: S) -> Self {
        Self {
            source,
            opening: Opening::default(),
        }
    }

    /// Runs its children on `runtime` instead of the one that is found where it is opened. Any runtime will do, of this program
    /// or of a third party; the type of the nursery stays the same.
    pub fn runtime<R: Runtime>(self, runtime: &R) -> Self
    where
        S::Runtime: Ambient<Source = S>,
    {
        Self {
            source: S::Runtime::named(runtime),
            opening: self.opening,
        }
    }

    /// Names it in the tree, in reasons and in reports.
    pub fn name(mut self, name: impl Into<Name>) -> Self {
        self.opening.name = Some(name.into());
        self
    }

    /// Lets at most `children` children run at once. Background and blocking children do not count.
    ///
    /// # Panics
    ///
    /// If `children` is 0: no child would ever run.
    #[track_caller]
    pub fn limit(mut self, children: usize) -> Self {
        assert!(
            children > 0,
            "a nursery with a limit of 0 would never run a child; use at least 1"
        );
        self.opening.limit = Some(children);
        self
    }

    /// Aborts children that have not finished so long after a request: they are dropped at their next suspension. Shields are
    /// finished first, and clean-ups still run. Without a grace period, the nursery waits for ever.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.opening.grace = Some(grace);
        self
    }

    /// Asks the body and all children to end at `deadline`. A relative one counts from the first poll.
    pub fn deadline(mut self, deadline: impl Into<Deadline>) -> Self {
        self.opening.deadline = deadline.into();
        self
    }

    /// Reports the tree when the exit has waited for so long. 5 s by default. The exit of a scope counts from when its task first rests
    /// or gives others a turn.
    pub fn slow_exit(mut self, after: Duration) -> Self {
        self.opening.slow_exit = Some(after);
        self
    }

    /// How long a clean-up may take. 30 s by default.
    pub fn cleanup_budget(mut self, budget: Duration) -> Self {
        self.opening.cleanup_budget = Some(budget);
        self
    }

    /// Returns panics as failures, with their payloads, instead of letting them go on from the call.
    ///
    /// Applies to [`try_run`](Self::try_run).
    pub fn collect_panics(mut self) -> Self {
        self.opening.collect_panics = true;
        self
    }

    pub(crate) fn into_parts(self) -> (S, Opening) {
        (self.source, self.opening)
    }

    /// The parts of a scope's nursery.
    pub(crate) fn in_task(mut self) -> (S, Opening) {
        self.opening.host = Host::Task;
        self.into_parts()
    }

    /// As [`run`](Self::run), and makes the nursery a **root**: it adopts what is dropped outside of every other nursery.
    ///
    /// For adapters, whose users enter the runtime by themselves. Everybody else calls `block_on`.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it asks everybody to end, drops the body, and leaves the children to their runtime.
    #[track_caller]
    pub fn run_as_root<F, Fut>(self, body: F) -> impl Future<Output = Fut::Output>
    where
        F: FnOnce(Nursery<Never, S::Runtime>) -> Fut,
        Fut: Future,
    {
        self.root().run(body)
    }

    pub(crate) fn root(mut self) -> Self {
        self.opening.is_root = true;
        self
    }

    /// Opens the nursery, runs `body` in it, and returns the body's value when everybody has finished.
    ///
    /// # Panics
    ///
    /// Once everybody has finished, with the first panic of the body or a child. And if there is no runtime; the text names the
    /// fix.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it asks everybody to end with [`CancelReason::Dropped`](crate::CancelReason::Dropped), drops
    /// the body, and leaves the children to the enclosing nursery or the root, which waits for them.
    #[track_caller]
    pub fn run<F, Fut>(self, body: F) -> impl Future<Output = Fut::Output>
    where
        F: FnOnce(Nursery<Never, S::Runtime>) -> Fut,
        Fut: Future, // the body: `async |n| ..`, not `|n| ..`
    {
        NurseryFuture::<S, F, Fut, Plain>::new(self.source, self.opening, body, Location::caller())
    }

    /// Opens the nursery, runs `body` in it, and returns the body's value if nobody has failed.
    ///
    /// The first failure, of the body or of a child, asks all others to end.
    ///
    /// # Errors
    ///
    /// [`NurseryError`], once everybody has finished.
    ///
    /// # Panics
    ///
    /// Once everybody has finished, with the first panic of the body or a child, unless [`collect_panics`](Self::collect_panics)
    /// is set.
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    #[track_caller]
    pub fn try_run<F, Fut, T, E>(self, body: F) -> impl Future<Output = Result<T, NurseryError<E>>>
    where
        F: FnOnce(Nursery<E, S::Runtime>) -> Fut,
        Fut: Future<Output = Result<T, E>>, // the body: `async |n| ..`, not `|n| ..`
        E: Send + 'static,
    {
        NurseryFuture::<S, F, Fut, Try>::new(self.source, self.opening, body, Location::caller())
    }
}
