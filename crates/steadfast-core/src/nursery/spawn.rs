//! Starting children.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use async_lock::SemaphoreGuardArc;

use super::child::{Aside, ChildTask, Duty, Fate, Task};
use super::handle::{Alone, Child, Deliver, Shares};
use super::roster::{ChildKind, ChildPhase, Newcomer};
use super::sink::{ChildOutput, Forget, ForgetRegion, HandleOutput, How, Scoped, Sink};
use super::{Inner, Nursery, Post};
use crate::context::at_spawn;
use crate::origin::Name;
use crate::span::Span;
use crate::tree::{ChildScope, Node};
use crate::{FutureExt, OrCancelled, Origin, Refused, Report, Runtime, report, witness};

/// Everything about a new child but its future.
pub(crate) struct Plan<S> {
    pub(super) name: Option<Name>,
    pub(super) location: &'static Location<'static>,
    /// Its number, if it has one already.
    pub(super) number: Option<u64>,
    pub(super) kind: ChildKind,
    pub(super) post: Post,
    pub(super) sink: S,
    /// A place under the limit that was waited for before the spawn.
    pub(super) permit: Option<SemaphoreGuardArc>,
    /// Whether the limit applies.
    pub(super) limited: bool,
}

/// What [`Inner::launch`] gives back.
pub(super) struct NotLaunched<F> {
    pub(super) future: F,
    pub(super) why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Closed,
    Cancelled,
    Full,
    Shutdown,
}

/// Where tasks are polled: a runtime or, for a scope, the task at hand.
pub(crate) trait Place<T: Task> {
    /// Takes a task, or hands it back unpolled if it will never be polled here.
    fn put(&self, task: T) -> Result<(), Refused<T>>;

    /// What a refusal means.
    const REFUSAL: Why;

    /// There are children that it can hold for less, by [`hold`](Self::hold).
    const HOLDS: bool = false;

    /// Takes a child in a way of its own, or hands it back, to be taken in the way of all.
    fn hold(
        &self,
        _: &Arc<Inner<T::Error, T::Runtime>>,
        plan: Plan<T::Sink>,
        work: T::Work,
    ) -> Result<(), (Plan<T::Sink>, T::Work)> {
        Err((plan, work))
    }
}

impl<R: Runtime, T: Task + Send + 'static> Place<T> for R {
    const REFUSAL: Why = Why::Shutdown;

    fn put(&self, task: T) -> Result<(), Refused<T>> {
        self.spawn(task)
    }
}

impl<E: Send + 'static, R: Runtime> Inner<E, R> {
    /// Counts a child and hands its task to the runtime.
    pub(super) fn launch<F, S>(
        self: &Arc<Self>,
        plan: Plan<S>,
        future: F,
    ) -> Result<(), NotLaunched<F>>
    where
        F: Future + Send + 'static,
        S: Sink<F::Output, E> + Send + 'static,
    {
        self.launch_in(&self.runtime, plan, future)
    }

    /// Counts a child and puts its task where it will be polled. This is the only way in, save for a place that [holds](Place::hold)
    /// what comes in by the way of scopes ([`light`](super::light)), and for the children of [groups](super::groups).
    pub(super) fn launch_in<F, S, P>(
        self: &Arc<Self>,
        place: &P,
        plan: Plan<S>,
        future: F,
    ) -> Result<(), NotLaunched<F>>
    where
        F: Future,
        S: Sink<F::Output, E>,
        P: Place<ChildTask<F, S, E, R>>,
    {
        let (plan, future) = match P::HOLDS {
            true => match place.hold(self, plan, future) {
                Ok(()) => return Ok(()),
                Err(back) => back,
            },
            false => (plan, future),
        };
        let duty = match self.enrol(plan) {
            Ok(duty) => duty,
            Err(mut sink) => {
                sink.publish(How::Refused);
                return Err(NotLaunched {
                    future,
                    why: Why::Closed,
                });
            }
        };
        match place.put(ChildTask::new(future, duty)) {
            Ok(()) => Ok(()),
            Err(refused) => match refused.into_inner().recall() {
                Some(future) => Err(NotLaunched {
                    future,
                    why: P::REFUSAL,
                }),
                None => Ok(()),
            },
        }
    }

    /// Counts a child and gives it its place, or hands its sink back if the nursery is closed.
    #[inline]
    pub(super) fn enrol<S: Scoped>(self: &Arc<Self>, plan: Plan<S>) -> Result<Duty<S, E, R>, S> {
        let Some(alive) = self.tally.enter(plan.post) else {
            return Err(plan.sink);
        };
        let (permit, admission) = match (plan.permit, &self.limit) {
            (Some(permit), _) => (Some(permit), None),
            (None, Some(limit)) if plan.limited => match limit.try_acquire_arc() {
                Some(permit) => (Some(permit), None),
                None => (None, Some(limit.acquire_arc())),
            },
            _ => (None, None),
        };
        let newcomer = Newcomer {
            number: plan.number,
            name: plan.name.as_ref(),
            location: plan.location,
            kind: plan.kind,
            phase: match admission {
                Some(_) => ChildPhase::Waiting,
                None => ChildPhase::Running,
            },
        };
        let (own, now) = at_spawn();
        let (ticket, number) = self.roster.add(&newcomer, now, alive);
        plan.sink.seated(number);
        Ok(Duty {
            span: Span::child(|| Origin::new(plan.name, plan.location)),
            own,
            nursery: Arc::clone(self),
            ticket,
            post: plan.post,
            sink: plan.sink,
            fate: Fate::Open,
            aside: admission.map(|place| Box::pin(Aside::Waiting { place })),
            has_permit: permit.map(SemaphoreGuardArc::forget).is_some(),
            is_adopted: plan.kind == ChildKind::Adopted,
        })
    }
}

impl<E: Send + 'static, R: Runtime> Nursery<E, R> {
    pub(super) fn plan<S>(
        &self,
        kind: ChildKind,
        sink: S,
        location: &'static Location<'static>,
    ) -> Plan<S> {
        Plan {
            name: self.name.clone(),
            location,
            number: None,
            kind,
            post: Post::Foreground,
            sink,
            permit: None,
            limited: true,
        }
    }

    /// A scope for one child, so that it can be asked to end alone.
    pub(super) fn child_scope(&self, location: &'static Location<'static>) -> ChildScope {
        ChildScope::new(&self.inner.node, self.name.clone(), location)
    }

    /// Starts `future` as a child: fire and forget.
    ///
    /// The nursery waits for it. It returns `()` or, in a nursery that returns errors, `Result<(), E>`, whose error fails the
    /// nursery. A child that is spawned into a cancelled nursery starts, and sees the request at its first mark.
    ///
    /// Under a [limit](crate::Builder::limit), a child that finds no free place waits for one before it runs.
    ///
    /// Costs no allocation but the runtime's own, amortised.
    ///
    /// # Errors
    ///
    /// If the nursery is closed or the runtime has shut down, [`Spawned`] holds the future. It may be ignored, but dropping a
    /// refused future is a loss, and reported as one.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Spawned<F>
    where
        F: Future + Send + 'static, // a future: `async { .. }`, not `|| ..`; if not `Send`: `nursery_local`, `scope_local`
        F::Output: ChildOutput<E>,
    {
        self.spawn_in(self.place(), future)
    }

    /// Starts `future` as one marked region: it runs until it ends, or until the nursery is asked to.
    ///
    /// Same as `spawn(future.or_cancelled())`, with the outputs of [`spawn`](Self::spawn). Ending by a request is not a failure.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    #[track_caller]
    pub fn spawn_until_cancelled<F>(&self, future: F) -> Spawned<F>
    where
        F: Future + Send + 'static, // a future: `async { .. }`, not `|| ..`; if not `Send`: `nursery_local`, `scope_local`
        F::Output: ChildOutput<E>,
    {
        self.spawn_until_cancelled_in(self.place(), future)
    }

    /// Starts `future` as a background child: it is asked to end when the body and all foreground children have finished.
    ///
    /// For services that others use: they live as long as there is somebody to serve. Until then a background child is like
    /// any other; its failure fails the nursery. The nursery waits for it, too.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    #[track_caller]
    pub fn spawn_background<F>(&self, future: F) -> Spawned<F>
    where
        F: Future + Send + 'static, // a future: `async { .. }`, not `|| ..`; if not `Send`: `nursery_local`, `scope_local`
        F::Output: ChildOutput<E>,
    {
        self.spawn_background_in(self.place(), future)
    }

    /// Starts `future` as a child and returns a handle to its value.
    ///
    /// Dropping the handle does nothing. In a plain nursery the value is whatever `future` returns; in a nursery that returns
    /// errors, `future` returns `Result<T, E>`: an error fails the nursery, and the handle says so.
    ///
    /// If the nursery is closed or the runtime has shut down, the handle resolves to an error that says that
    /// ([`ChildError::is_refused`](crate::ChildError::is_refused)), and the drop of `future` is reported.
    #[track_caller]
    pub fn spawn_with_handle<F, T>(&self, future: F) -> Child<T>
    where
        F: Future + Send + 'static, // a future: `async { .. }`, not `|| ..`; if not `Send`: `nursery_local`, `scope_local`
        F::Output: HandleOutput<E, Value = T>,
        T: Send + 'static,
    {
        self.spawn_with_handle_in(self.place(), future)
    }

    /// Starts `future` as a supervised child: however it ends is its handle's alone.
    ///
    /// Its output may be anything, also a `Result`. An error or a panic in it does not touch the nursery or the siblings; a
    /// panic that nobody takes from the handle is reported. The nursery owns it and waits for it like any other.
    ///
    /// Refusal shows as in [`spawn_with_handle`](Self::spawn_with_handle).
    #[track_caller]
    pub fn spawn_supervised<F>(&self, future: F) -> Child<F::Output>
    where
        F: Future + Send + 'static, // a future: `async { .. }`, not `|| ..`; if not `Send`: `nursery_local`, `scope_local`
        F::Output: Send + 'static,
    {
        self.spawn_supervised_in(self.place(), future)
    }

    /// Starts `future` as a child if that makes sense now.
    ///
    /// # Errors
    ///
    /// [`RefusedSpawn`] with the future in it, if the nursery is closed, has been asked to end, or has no free place under its
    /// [limit](crate::Builder::limit), or if the runtime has shut down.
    #[track_caller]
    pub fn try_spawn<F>(&self, future: F) -> Result<(), RefusedSpawn<F>>
    where
        F: Future + Send + 'static, // a future: `async { .. }`, not `|| ..`; if not `Send`: `nursery_local`, `scope_local`
        F::Output: ChildOutput<E>,
    {
        self.try_spawn_in(self.place(), future)
    }

    /// Waits until the nursery has a free place under its [limit](crate::Builder::limit), then starts `future` as a child.
    ///
    /// Nothing is allocated for the child before there is a place, so that a fast producer is slowed down here. Without a limit
    /// there is always a place.
    ///
    /// # Errors
    ///
    /// [`RefusedSpawn`] with the future in it, if the nursery is closed or is asked to end while this waits, or if the runtime
    /// has shut down.
    ///
    /// # Cancel safety
    ///
    /// Dropping it before it is ready drops `future`, which has not begun, and gives the place in the queue up.
    #[track_caller]
    pub fn spawn_when_free<F>(
        &self,
        future: F,
    ) -> impl Future<Output = Result<(), RefusedSpawn<F>>> + use<F, E, R>
    where
        F: Future + Send + 'static, // a future: `async { .. }`, not `|| ..`; if not `Send`: `nursery_local`, `scope_local`
        F::Output: ChildOutput<E>,
    {
        self.spawn_when_free_in(self.place().clone(), future)
    }
}

/// The same, wherever the children are polled.
impl<E: Send + 'static, R: Runtime> Nursery<E, R> {
    pub(crate) fn place(&self) -> &R {
        &self.inner.runtime
    }

    /// A handle that gives children the same name; a clone gives none.
    pub(crate) fn alike(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            name: self.name.clone(),
        }
    }

    #[track_caller]
    pub(crate) fn spawn_in<F, P>(&self, place: &P, future: F) -> Spawned<F>
    where
        F: Future,
        F::Output: ChildOutput<E>,
        P: Place<ChildTask<F, Forget, E, R>>,
    {
        let location = Location::caller();
        let plan = self.plan(ChildKind::Plain, Forget, location);
        let launched = self.inner.launch_in(place, plan, future);
        Spawned::new(launched, || self.origin_at(location))
    }

    /// [`spawn_in`](Self::spawn_in) for each, as one.
    #[track_caller]
    pub(crate) fn spawn_each_in<I, P>(&self, place: &P, futures: I) -> Spawned<Vec<I::Item>>
    where
        I: IntoIterator,
        I::Item: Future,
        <I::Item as Future>::Output: ChildOutput<E>,
        P: Place<ChildTask<I::Item, Forget, E, R>>,
    {
        let location = Location::caller();
        let mut refused: Result<(), NotLaunched<Vec<I::Item>>> = Ok(());
        for future in futures {
            let plan = self.plan(ChildKind::Plain, Forget, location);
            if let Err(NotLaunched { future, why }) = self.inner.launch_in(place, plan, future) {
                match &mut refused {
                    Ok(()) => {
                        refused = Err(NotLaunched {
                            future: vec![future],
                            why,
                        })
                    }
                    Err(all) => all.future.push(future),
                }
            }
        }
        Spawned::new(refused, || self.origin_at(location))
    }

    #[track_caller]
    pub(crate) fn spawn_until_cancelled_in<F, P>(&self, place: &P, future: F) -> Spawned<F>
    where
        F: Future,
        F::Output: ChildOutput<E>,
        P: Place<ChildTask<OrCancelled<F>, ForgetRegion, E, R>>,
    {
        let location = Location::caller();
        let plan = self.plan(ChildKind::Plain, ForgetRegion, location);
        let launched = self.inner.launch_in(place, plan, future.or_cancelled());
        let launched = launched.or_else(|refused| match refused.future.into_inner() {
            Some(future) => Err(NotLaunched {
                future,
                why: refused.why,
            }),
            None => Ok(()),
        });
        Spawned::new(launched, || self.origin_at(location))
    }

    #[track_caller]
    pub(crate) fn spawn_background_in<F, P>(&self, place: &P, future: F) -> Spawned<F>
    where
        F: Future,
        F::Output: ChildOutput<E>,
        P: Place<ChildTask<F, Forget, E, R>>,
    {
        let location = Location::caller();
        let plan = Plan {
            post: Post::Background,
            limited: false,
            ..self.plan(ChildKind::Background, Forget, location)
        };
        let launched = self.inner.launch_in(place, plan, future);
        Spawned::new(launched, || self.origin_at(location))
    }

    #[track_caller]
    pub(crate) fn spawn_with_handle_in<F, T, P>(&self, place: &P, future: F) -> Child<T>
    where
        F: Future,
        F::Output: HandleOutput<E, Value = T>,
        P: Place<ChildTask<F, Deliver<T, Shares>, E, R>>,
    {
        self.spawn_watched(ChildKind::WithHandle, Location::caller(), place, future)
    }

    #[track_caller]
    pub(crate) fn spawn_supervised_in<F, P>(&self, place: &P, future: F) -> Child<F::Output>
    where
        F: Future,
        P: Place<ChildTask<F, Deliver<F::Output, Alone>, E, R>>,
    {
        self.spawn_watched(ChildKind::Supervised, Location::caller(), place, future)
    }

    /// [`spawn_with_handle`](Self::spawn_with_handle) for a spawn that was written at `location`.
    pub(crate) fn spawn_with_handle_at<F, T>(
        &self,
        location: &'static Location<'static>,
        future: F,
    ) -> Child<T>
    where
        F: Future + Send + 'static,
        F::Output: HandleOutput<E, Value = T>,
        T: Send + 'static,
    {
        self.spawn_watched(ChildKind::WithHandle, location, self.place(), future)
    }

    fn spawn_watched<F, T, M, P>(
        &self,
        kind: ChildKind,
        location: &'static Location<'static>,
        place: &P,
        future: F,
    ) -> Child<T>
    where
        F: Future,
        Deliver<T, M>: Sink<F::Output, E>,
        P: Place<ChildTask<F, Deliver<T, M>, E, R>>,
    {
        let child = Child::new(self.child_scope(location), kind == ChildKind::Supervised);
        let plan = self.plan(kind, child.sink::<M>(), location);
        let launched = self.inner.launch_in(place, plan, future);
        drop(Spawned::new(launched, || self.origin_at(location)));
        child
    }

    #[track_caller]
    pub(crate) fn try_spawn_in<F, P>(&self, place: &P, future: F) -> Result<(), RefusedSpawn<F>>
    where
        F: Future,
        F::Output: ChildOutput<E>,
        P: Place<ChildTask<F, Forget, E, R>>,
    {
        let location = Location::caller();
        if self.is_cancelled() && !self.is_closed() {
            return Err(RefusedSpawn {
                future,
                why: Why::Cancelled,
            });
        }
        let permit = match &self.inner.limit {
            Some(limit) => match limit.try_acquire_arc() {
                Some(permit) => Some(permit),
                None => {
                    return Err(RefusedSpawn {
                        future,
                        why: Why::Full,
                    });
                }
            },
            None => None,
        };
        let plan = Plan {
            permit,
            ..self.plan(ChildKind::Plain, Forget, location)
        };
        self.inner
            .launch_in(place, plan, future)
            .map_err(RefusedSpawn::from)
    }

    #[track_caller]
    pub(crate) fn spawn_when_free_in<F, P>(
        &self,
        place: P,
        future: F,
    ) -> impl Future<Output = Result<(), RefusedSpawn<F>>> + use<F, P, E, R>
    where
        F: Future,
        F::Output: ChildOutput<E>,
        P: Place<ChildTask<F, Forget, E, R>>,
    {
        let location = Location::caller();
        let nursery = self.alike();
        async move {
            let permit = match &nursery.inner.limit {
                Some(limit) => match nursery.inner.unless_requested(limit.acquire_arc()).await {
                    Some(permit) => Some(permit),
                    None => {
                        return Err(RefusedSpawn {
                            future,
                            why: Why::Cancelled,
                        });
                    }
                },
                None => None,
            };
            let plan = Plan {
                permit,
                ..nursery.plan(ChildKind::Plain, Forget, location)
            };
            nursery
                .inner
                .launch_in(&place, plan, future)
                .map_err(RefusedSpawn::from)
        }
    }

    fn origin_at(&self, location: &'static Location<'static>) -> Origin {
        Origin::new(self.name.clone(), location)
    }
}

impl<E, R> Inner<E, R> {
    /// Waits for `future`, or for a request to this nursery, which counts first.
    async fn unless_requested<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut waiting = WaitRequest {
            node: &self.node,
            key: None,
        };
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(move |cx| {
            witness::reach_cancel_point();
            if waiting.node.wait(&mut waiting.key, cx.waker()) {
                return std::task::Poll::Ready(None);
            }
            future.as_mut().poll(cx).map(Some)
        })
        .await
    }
}

struct WaitRequest<'a> {
    node: &'a Arc<Node>,
    key: Option<usize>,
}

impl Drop for WaitRequest<'_> {
    fn drop(&mut self) {
        self.node.forget(&mut self.key);
    }
}

/// What came of a spawn: usually nothing to look at, else the future that was refused.
///
/// Unlike a `Result` it may be ignored without a warning, since in a nursery's body a spawn is never refused. A refused future
/// that is dropped unseen is reported as lost.
pub struct Spawned<F> {
    refused: Option<(RefusedSpawn<F>, Origin)>,
}

impl<F> Spawned<F> {
    pub(super) fn new(
        launched: Result<(), NotLaunched<F>>,
        origin: impl FnOnce() -> Origin,
    ) -> Self {
        let refused = launched.err();
        Self {
            refused: refused.map(|refused| (RefusedSpawn::from(refused), origin())),
        }
    }

    /// Whether the child has been started.
    pub const fn is_ok(&self) -> bool {
        self.refused.is_none()
    }

    /// Whether the future was refused.
    pub const fn is_err(&self) -> bool {
        self.refused.is_some()
    }

    /// As a result, with the refused future as the error.
    ///
    /// # Errors
    ///
    /// [`RefusedSpawn`] if the nursery was closed or the runtime had shut down.
    pub fn into_result(mut self) -> Result<(), RefusedSpawn<F>> {
        let refused = self.refused.take();
        refused.map_or(Ok(()), |(refused, _)| Err(refused))
    }

    /// The future, if it was refused.
    pub fn into_refused(self) -> Option<F> {
        self.into_result().err().map(RefusedSpawn::into_inner)
    }
}

impl<F> Drop for Spawned<F> {
    fn drop(&mut self) {
        if let Some((refused, origin)) = self.refused.take() {
            let why = refused.why.text();
            drop(refused);
            report::send(&Report::LostWork { origin, why });
        }
    }
}

impl<F> fmt::Debug for Spawned<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spawned")
            .field(
                "refused",
                &self.refused.as_ref().map(|(refused, _)| refused),
            )
            .finish()
    }
}

/// A future that a nursery did not take, and why.
pub struct RefusedSpawn<F> {
    future: F,
    why: Why,
}

impl<F> RefusedSpawn<F> {
    /// The future, unpolled.
    pub fn into_inner(self) -> F {
        self.future
    }

    /// The body had ended and no child was left.
    pub fn is_closed(&self) -> bool {
        self.why == Why::Closed
    }

    /// The nursery had been asked to end.
    pub fn is_cancelled(&self) -> bool {
        self.why == Why::Cancelled
    }

    /// There was no free place under the limit.
    pub fn is_full(&self) -> bool {
        self.why == Why::Full
    }

    /// The runtime had shut down.
    pub fn is_shutdown(&self) -> bool {
        self.why == Why::Shutdown
    }
}

impl Why {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Closed => {
                "its nursery was closed: the body had ended and no child was left; spawn from the body or from a child"
            }
            Self::Cancelled => {
                "its nursery had been asked to end; use `spawn` to start it all the same"
            }
            Self::Full => "its nursery has no free place; wait for one with `spawn_when_free`",
            Self::Shutdown => {
                "the runtime of its nursery had shut down; keep the runtime until the nursery has returned"
            }
        }
    }
}

impl<F> From<NotLaunched<F>> for RefusedSpawn<F> {
    fn from(refused: NotLaunched<F>) -> Self {
        Self {
            future: refused.future,
            why: refused.why,
        }
    }
}

impl<F> fmt::Display for RefusedSpawn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the child was not started: {}", self.why.text())
    }
}

impl<F> fmt::Debug for RefusedSpawn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefusedSpawn({:?})", self.why)
    }
}

impl<F> std::error::Error for RefusedSpawn<F> {}
