//! A value for each of many items, a few at a time.
//!
//! A layer over the nursery and over the scope: a body that spawns one child for each item when there is a place under the limit,
//! a sink that puts the child's value in its place, and a policy that returns the places if all are filled.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use super::Nursery;
use super::child::ChildTask;
use super::outcome::{End, Failure, FailureKind, NurseryError};
use super::roster::ChildKind;
use super::run::{Ending, NurseryFuture, Policy};
use super::sink::{How, Scoped, Sink, Verdict};
use super::spawn::{Place, Plan};
use crate::context::Scope;
use crate::sync::{Mutex, lock};
use crate::unwind::Payload;
use crate::{Builder, NoRuntime, Origin, Runtime, Source};

impl<S: Source> Builder<S> {
    /// Calls `f` with each item and runs the futures that it returns as children, at most `limit` at a time and in parallel;
    /// returns their values in the order of the items.
    ///
    /// An item is taken, and `f` is called, when there is a place for its child; a place is free when a child has finished, its
    /// clean-ups included. `f` and the items may borrow from the caller; the futures may not, save in
    /// [`map_concurrent_scoped`](Self::map_concurrent_scoped). A request from around stops no item from being taken: the children
    /// see it at their marks.
    ///
    /// # Errors
    ///
    /// [`NurseryError`], once everybody has finished. The first failure asks the others to end, and no further item is taken. If
    /// nothing has failed, but a child gave way to a request and so has no value, the error
    /// [says that](NurseryError::is_cancelled).
    ///
    /// # Panics
    ///
    /// If `limit` is 0. And once everybody has finished, with the first panic of `f` or a child, unless
    /// [`collect_panics`](Self::collect_panics) is set.
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run). The values so far are dropped with the last child.
    #[track_caller]
    pub fn map_concurrent<I, F, Fut, T, E>(
        self,
        items: I,
        limit: usize,
        f: F,
    ) -> impl Future<Output = Result<Vec<T>, NurseryError<E>>>
    where
        I: IntoIterator,
        F: FnMut(I::Item) -> Fut,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let location = Location::caller();
        let (source, opening) = self.limit(limit).into_parts();
        let body = move |nursery: Nursery<E, S::Runtime>| {
            let place = nursery.place().clone();
            fill(nursery, place, items, f, location)
        };
        NurseryFuture::<S, _, _, All>::new(source, opening, body, location)
    }
}

/// The body: one child for each item.
pub(crate) async fn fill<E, R, P, I, F, Fut, T>(
    nursery: Nursery<E, R>,
    place: P,
    items: I,
    mut f: F,
    location: &'static Location<'static>,
) -> Result<Arc<Places<T>>, E>
where
    E: Send + 'static,
    R: Runtime,
    P: Place<ChildTask<Fut, Spot<T>, E, R>>,
    I: IntoIterator,
    F: FnMut(I::Item) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let inner = &nursery.inner;
    let places = Arc::new(Places::new(inner.node.origin()));
    let mut items = items.into_iter();
    loop {
        let permit = match &inner.limit {
            Some(limit) => Some(limit.acquire_arc().await),
            None => None,
        };
        // A failure is recorded before the others are asked to end: who gets the place of one that has ended for that sees it, although
        // the child that failed may not have come to its end yet.
        if places.is_stopped() || lock(&inner.failures).is_any_of_a_task() {
            break;
        }
        let Some(item) = items.next() else {
            break;
        };
        let spot = Spot::next(&places);
        let plan = Plan {
            permit,
            ..nursery.plan(ChildKind::Plain, spot, location)
        };
        if inner.launch_in(&place, plan, f(item)).is_err() {
            inner.fail(Failure::new(Origin::at(location), FailureKind::Lost));
        }
    }
    Ok(places)
}

/// Room for the values, in the order of the items.
pub(crate) struct Places<T> {
    nursery: Origin,
    state: Mutex<State<T>>,
}

struct State<T> {
    values: Vec<Option<T>>,
    /// A child has ended without a value, so that there is no use in others.
    stopped: bool,
}

impl<T> Places<T> {
    fn new(nursery: Origin) -> Self {
        let state = State {
            values: Vec::new(),
            stopped: false,
        };
        Self {
            nursery,
            state: Mutex::new(state),
        }
    }

    fn is_stopped(&self) -> bool {
        lock(&self.state).stopped
    }

    /// All values, if there are all.
    fn take(&self) -> Option<Vec<T>> {
        let values = std::mem::take(&mut lock(&self.state).values);
        values.into_iter().collect()
    }
}

/// Takes the value of one child to its place.
pub(crate) struct Spot<T> {
    places: Arc<Places<T>>,
    index: usize,
}

impl<T> Spot<T> {
    fn next(places: &Arc<Places<T>>) -> Self {
        let mut state = lock(&places.state);
        state.values.push(None);
        Self {
            places: Arc::clone(places),
            index: state.values.len() - 1,
        }
    }
}

impl<T> Scoped for Spot<T> {
    fn scope(&self) -> Option<Scope<'_>> {
        None
    }
}

impl<T, E> Sink<Result<T, E>, E> for Spot<T> {
    fn take(&self, output: Result<T, E>) -> Verdict<E> {
        match output {
            Ok(value) => {
                lock(&self.places.state).values[self.index] = Some(value);
                Verdict::Done
            }
            Err(error) => Verdict::Failed(error),
        }
    }

    /// Comes before the child's place under the limit is free, so that whoever gets that place knows.
    fn publish(&mut self, how: How) {
        if !matches!(how, How::Done) {
            lock(&self.places.state).stopped = true;
        }
    }
}

/// The values of all children, or what was in the way.
pub(crate) enum All {}

impl<T, E: Send + 'static> Policy<Result<Arc<Places<T>>, E>> for All {
    type Error = E;
    type Value = Arc<Places<T>>;
    type Output = Result<Vec<T>, NurseryError<E>>;

    fn split(output: Result<Self::Value, E>) -> Result<Self::Value, E> {
        output
    }

    fn conclude(ending: Ending<Self::Value, E>) -> Result<Self::Output, Payload> {
        let Ending {
            failures,
            value: places,
            reason,
            collect_panics,
        } = ending;
        let values = places.as_ref().and_then(|places| places.take());
        // A body that has no places has failed or panicked.
        let nursery = match (&values, &places) {
            (None, Some(places)) => Some(places.nursery.clone()),
            _ => None,
        };
        let end = match nursery {
            Some(nursery) => failures.conclude_unfilled(nursery, reason, collect_panics),
            None => failures.conclude(values, reason, collect_panics),
        };
        match end {
            End::Value(values) => Ok(Ok(values)),
            End::Failed(error) => Ok(Err(error)),
            End::Panic(payload) => Err(payload),
        }
    }

    fn no_runtime(nursery: Origin, error: NoRuntime) -> Self::Output {
        Err(NurseryError::no_runtime(nursery, error))
    }
}
