//! Any number of futures of one task: `join_all` and `try_join_all`.

use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_buffered::FuturesUnorderedBounded;
use futures_core::Stream;
use pin_project_lite::pin_project;

use super::{Call, FirstPanic};

/// The outputs of any number of futures, in their order; they run at the same time in this task.
///
/// [`join!`](crate::join!) for a list: they may borrow, and each of them is polled only when it has been woken. Two allocations for
/// all of them together, and one for the outputs. For a few at a time, or for parallel children: `map_concurrent`.
///
/// # Panics
///
/// If one of them panics, the others are finished first; then the first panic goes on to the caller, and later ones are
/// [reported](crate::Report::Unreturned). Without `std` a panic goes on at once.
///
/// # Cancel safety
///
/// Dropping it drops all of them.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// let words = ["to be", "or not to be"];
/// let lengths = steadfast_core::join_all(words.iter().map(async |text| text.len())).await;
/// assert_eq!(lengths, [5, 12]);
/// # }).expect("it does not wait");
/// ```
#[track_caller]
pub fn join_all<I>(futures: I) -> JoinAll<I::Item>
where
    I: IntoIterator<Item: Future>,
{
    JoinAll {
        all: Running::new(futures),
    }
}

/// The values of any number of futures, or the first error, **after all of them have finished**.
///
/// [`try_join!`](crate::try_join!) for a list: when one has failed, the others are asked to end (a request, seen at the points that
/// they marked) and awaited; nothing is dropped half-way. Without `std` nobody is asked. Cost and order: as [`join_all`].
///
/// # Errors
///
/// The first error in the order of completion. Later ones are dropped: often they say only that their future gave way.
///
/// # Panics
///
/// As [`join_all`]. A panic is a failure like an error, and outranks it; an error that came before it is
/// [reported](crate::Report::Unreturned) with its type.
///
/// # Cancel safety
///
/// Dropping it drops all of them.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// let numbers = ["1", "2", "three"].map(async |text| text.parse::<u8>());
/// let failed = steadfast_core::try_join_all(numbers).await;
/// assert!(failed.is_err());
/// # }).expect("it does not wait");
/// ```
#[cfg(feature = "std")]
#[track_caller]
pub fn try_join_all<I, T, E>(futures: I) -> impl Future<Output = Result<Vec<T>, E>>
where
    I: IntoIterator<Item: Future<Output = Result<T, E>>>,
{
    let scope = crate::CancelScope::new().name("try_join_all");
    let handle = scope.handle();
    scope.run(TryJoinAll {
        all: Running::new(futures),
        error: None,
        on_failure: Some(move || {
            handle.cancel("another future of `try_join_all` failed");
        }),
    })
}

/// The values of any number of futures, or the first error, after all of them have finished. Nobody is asked to end.
#[cfg(not(feature = "std"))]
#[track_caller]
pub fn try_join_all<I, T, E>(futures: I) -> impl Future<Output = Result<Vec<T>, E>>
where
    I: IntoIterator<Item: Future<Output = Result<T, E>>>,
{
    TryJoinAll {
        all: Running::new(futures),
        error: None,
        on_failure: Some(|| ()),
    }
}

/// The future of [`join_all`].
#[must_use = "futures do nothing unless polled"]
pub struct JoinAll<F: Future> {
    all: Running<F, F::Output>,
}

impl<F: Future> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        while let Some((number, output)) = ready!(self.all.poll_finished(cx)) {
            self.all.values[number] = output;
        }
        Poll::Ready(self.all.conclude())
    }
}

/// Drains all; calls `on_failure` once, when the first has failed.
struct TryJoinAll<F, T, E, C> {
    all: Running<F, T>,
    error: Option<E>,
    on_failure: Option<C>,
}

impl<F, T, E, C> Future for TryJoinAll<F, T, E, C>
where
    F: Future<Output = Result<T, E>>,
    C: FnOnce(),
{
    type Output = Result<Vec<T>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        while let Some((number, output)) = ready!(this.all.poll_finished(cx)) {
            match output {
                Some(Ok(value)) => {
                    this.all.values[number] = Some(value);
                    continue;
                }
                // After a panic an error says only that its future gave way.
                Some(Err(first)) if this.error.is_none() && !this.all.panic.happened() => {
                    this.error = Some(first);
                }
                Some(Err(_)) | None => {}
            }
            if let Some(call) = this.on_failure.take() {
                call();
            }
        }
        this.all.panic.resume_over(&mut this.error);
        let error = this.error.take();
        let values = this.all.conclude();
        Poll::Ready(error.map_or(Ok(values), Err))
    }
}

/// The futures that have not finished, and room for the values of those that have.
struct Running<F, T> {
    futures: FuturesUnorderedBounded<Guarded<F>>,
    values: Vec<Option<T>>,
    panic: FirstPanic,
    concluded: bool,
}

// The futures are pinned where they lie, which is on the heap. Nothing else is.
impl<F: Future> Unpin for JoinAll<F> {}
impl<F, T, E, C> Unpin for TryJoinAll<F, T, E, C> {}

impl<F: Future, T> Running<F, T> {
    #[track_caller]
    fn new(futures: impl IntoIterator<Item = F>) -> Self {
        let call = Call::here();
        let futures: FuturesUnorderedBounded<_> = futures
            .into_iter()
            .enumerate()
            .map(|(number, future)| Guarded {
                future: Some(future),
                number,
                call,
            })
            .collect();
        let mut values = Vec::new();
        values.resize_with(futures.len(), || None);
        Self {
            futures,
            values,
            panic: FirstPanic::among(call),
            concluded: false,
        }
    }

    /// The next one that has finished, with its output unless it has panicked; `None` when none is left.
    fn poll_finished(&mut self, cx: &mut Context<'_>) -> Poll<Option<(usize, Option<F::Output>)>> {
        let finished = ready!(Pin::new(&mut self.futures).poll_next(cx));
        Poll::Ready(finished.map(|(number, output, panic)| {
            self.panic.or(panic);
            (number, output)
        }))
    }

    /// The values of all, if nobody has panicked.
    fn conclude(&mut self) -> Vec<T> {
        assert!(
            !core::mem::replace(&mut self.concluded, true),
            "`join_all` or `try_join_all` was polled again after it had returned"
        );
        self.panic.resume();
        core::mem::take(&mut self.values)
            .into_iter()
            .flatten()
            .collect()
    }
}

pin_project! {
    /// A future and its place, which keeps its panics to itself until it is gone.
    struct Guarded<F> {
        #[pin]
        future: Option<F>,
        number: usize,
        call: Call,
    }
}

impl<F: Future> Future for Guarded<F> {
    type Output = (usize, Option<F::Output>, FirstPanic);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        let mut panic = FirstPanic::among(*this.call);
        let output = match panic.catch(|| future.poll(cx)) {
            Some(polled) => Some(ready!(polled)),
            None => None,
        };
        panic.catch(|| this.future.set(None));
        Poll::Ready((*this.number, output, panic))
    }
}

impl<F: Future> fmt::Debug for JoinAll<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinAll")
            .field("running", &self.all.futures.len())
            .finish_non_exhaustive()
    }
}
