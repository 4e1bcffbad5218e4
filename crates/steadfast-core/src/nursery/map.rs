//! A value for each of many items, a few at a time.
//!
//! A layer over the nursery and over the scope: a body that spawns one child for each item when there is a place under the limit,
//! a sink that puts the child's value in its place, and a policy that returns the places if all are filled. In a nursery, many at a
//! time share tasks ([`groups`](super::groups)).

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use super::child::ChildTask;
use super::groups::Feeder;
use super::outcome::{End, Failure, FailureKind, NurseryError};
use super::roster::ChildKind;
use super::run::{Ending, NurseryFuture, Policy};
use super::sink::{How, Scoped, Sink, Verdict};
use super::spawn::{Place, Plan};
use super::{Inner, Nursery};
use crate::context::Scope;
use crate::sync::atomic::{AtomicBool, Ordering};
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
    /// Up to a `limit` of 64, each child is a task of its own. Beyond that, they share tasks, at no allocation for each: a task has at most a
    /// 32nd of `limit`, and no more than 64. A child that blocks its thread, or computes for long, keeps the others of its task from being
    /// polled, and their places from being used; so a large limit is for children that wait, or do little. Where a
    /// [grace](crate::Builder::grace) may end children, or for a future of more than about 32 KiB, or with an alignment above 16, each
    /// has a task of its own at any limit.
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
    /// As [`run`](Self::run). The values so far are dropped with the last child, or before.
    #[track_caller]
    pub fn map_concurrent<I, F, Fut, T, E>(
        self,
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
        let location = Location::caller();
        let (source, opening) = self.limit(limit).into_parts();
        let body = async move |nursery: Nursery<E, S::Runtime>| match Feeder::new(
            &nursery, limit, location,
        ) {
            Some(feeder) => feed(nursery, feeder, items, f, location).await,
            None => {
                let place = nursery.place().clone();
                fill(nursery, place, items, f, location).await
            }
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
) -> Result<Places<T>, E>
where
    E: Send + 'static,
    R: Runtime,
    P: Place<ChildTask<Fut, Spot<T>, E, R>>,
    I: IntoIterator,
    F: FnMut(I::Item) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let inner = &nursery.inner;
    let mut places = Places::new(inner.node.origin());
    let mut items = items.into_iter();
    loop {
        let permit = match &inner.limit {
            Some(limit) => Some(limit.acquire_arc().await),
            None => None,
        };
        if inner.is_no_use(&places) {
            break;
        }
        let Some(item) = items.next() else {
            break;
        };
        let spot = places.next();
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

/// The same, for children that share tasks.
async fn feed<E, R, I, F, Fut, T>(
    nursery: Nursery<E, R>,
    mut feeder: Feeder<Fut, T, E, R>,
    items: I,
    mut f: F,
    location: &'static Location<'static>,
) -> Result<Places<T>, E>
where
    E: Send + 'static,
    R: Runtime,
    I: IntoIterator,
    F: FnMut(I::Item) -> Fut,
    Fut: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
{
    let inner = &nursery.inner;
    let mut places = Places::new(inner.node.origin());
    let mut items = items.into_iter();
    loop {
        feeder.place().await;
        if inner.is_no_use(&places) {
            break;
        }
        let Some(item) = items.next() else {
            break;
        };
        let work = f(item);
        if feeder.bring(places.next(), work).is_err() {
            inner.fail(Failure::new(Origin::at(location), FailureKind::Lost));
            break;
        }
    }
    Ok(places)
}

impl<E, R> Inner<E, R> {
    /// Whether further children are of no use.
    ///
    /// A failure is recorded before the others are asked to end: who gets the place of one that has ended for that sees it, although
    /// the child that failed may not have come to its end yet.
    fn is_no_use<T>(&self, places: &Places<T>) -> bool {
        let has_failed = || lock(&self.failures).is_any_of_a_task();
        places.is_stopped() || self.node.is_requested() && has_failed()
    }
}

/// Room for the values, in the order of the items. The body has it, until it is the output.
pub(crate) struct Places<T> {
    nursery: Origin,
    stopped: Arc<AtomicBool>,
    rows: Vec<Arc<Row<T>>>,
    /// Places of the last row that have been given to children.
    given: usize,
}

/// Places that children share, so that each has no allocation of its own.
struct Row<T> {
    /// A child has ended without a value, so that there is no use in others.
    stopped: Arc<AtomicBool>,
    // Each by itself, so that nobody waits for anybody.
    values: Box<[Mutex<Option<T>>]>,
}

/// As long are rows, from the first on, until they have [`MOST`] places.
const FIRST: usize = 8;
const MOST: usize = 64;

impl<T> Places<T> {
    fn new(nursery: Origin) -> Self {
        Self {
            nursery,
            stopped: Arc::new(AtomicBool::new(false)),
            rows: Vec::new(),
            given: 0,
        }
    }

    fn is_stopped(&self) -> bool {
        // Who gets the place of such a child under the limit has it from that child, and needs no other order.
        self.stopped.load(Ordering::Relaxed)
    }

    /// A place for the next child.
    fn next(&mut self) -> Spot<T> {
        let row = match self.rows.last() {
            Some(row) if self.given < row.values.len() => Arc::clone(row),
            last => {
                let length = last.map_or(FIRST, |row| MOST.min(2 * row.values.len()));
                let row = Arc::new(Row {
                    stopped: Arc::clone(&self.stopped),
                    values: (0..length).map(|_| Mutex::new(None)).collect(),
                });
                self.rows.push(Arc::clone(&row));
                self.given = 0;
                row
            }
        };
        self.given += 1;
        Spot {
            row,
            index: self.given - 1,
        }
    }

    /// All values, if there are all. Everybody has finished.
    fn take(self) -> Option<Vec<T>> {
        let full = self.rows.len().saturating_sub(1);
        let full: usize = self.rows[..full].iter().map(|row| row.values.len()).sum();
        let places = self.rows.iter().flat_map(|row| row.values.iter());
        let values = places.take(full + self.given);
        values.map(|place| lock(place).take()).collect()
    }
}

/// Takes the value of one child to its place.
pub(crate) struct Spot<T> {
    row: Arc<Row<T>>,
    index: usize,
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
                *lock(&self.row.values[self.index]) = Some(value);
                Verdict::Done
            }
            Err(error) => Verdict::Failed(error),
        }
    }

    /// Comes before the child's place under the limit is free, so that whoever gets that place knows.
    fn publish(&mut self, how: How) {
        if !matches!(how, How::Done) {
            self.row.stopped.store(true, Ordering::Relaxed);
        }
    }
}

/// The values of all children, or what was in the way.
pub(crate) enum All {}

impl<T, E: Send + 'static> Policy<Result<Places<T>, E>> for All {
    type Error = E;
    type Value = Places<T>;
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
        // A body that has no places has failed or panicked.
        let (values, nursery) = match places {
            Some(places) => {
                let nursery = places.nursery.clone();
                let values = places.take();
                let unfilled = values.is_none().then_some(nursery);
                (values, unfilled)
            }
            None => (None, None),
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
