//! Several futures of a flow at a time, without an allocator.

mod places;

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use self::places::Places;
use super::Flow;
use super::arm::Arm;
use super::contract::Contract;

/// The flow of [`Flow::concurrent_fixed`] and [`Flow::concurrent_ordered_fixed`].
///
/// Invariant: a place holds a future that runs, or an output that has not been taken, or nothing.
#[must_use = "flows do nothing unless they are consumed"]
pub struct ConcurrentFixed<F, const LIMIT: usize>
where
    F: Flow,
    F::Item: Future,
{
    pinned: Pinned<Arm<F, F::Item>, Places<F::Item, LIMIT>>,
    outputs: [Option<<F::Item as Future>::Output>; LIMIT],
    /// The places whose futures were started and whose outputs have not been taken. As they come: those that have finished, in
    /// the order in which they did. In order: in the order in which they were started.
    queue: Queue<LIMIT>,
    in_order: bool,
    contract: Contract,
}

pin_project! {
    /// The fields that are pinned; apart, because `pin_project!` takes no `const` parameters.
    struct Pinned<S, R> {
        #[pin]
        source: S,
        #[pin]
        running: R,
    }
}

struct Projected<'a, F, const LIMIT: usize>
where
    F: Flow,
    F::Item: Future,
{
    source: Pin<&'a mut Arm<F, F::Item>>,
    running: Pin<&'a mut Places<F::Item, LIMIT>>,
    outputs: &'a mut [Option<<F::Item as Future>::Output>; LIMIT],
    queue: &'a mut Queue<LIMIT>,
    in_order: bool,
    contract: &'a mut Contract,
}

/// As `pin_project!` would say it.
impl<F, const LIMIT: usize> Unpin for ConcurrentFixed<F, LIMIT>
where
    F: Flow,
    F::Item: Future,
    Pinned<Arm<F, F::Item>, Places<F::Item, LIMIT>>: Unpin,
{
}

impl<F, const LIMIT: usize> ConcurrentFixed<F, LIMIT>
where
    F: Flow,
    F::Item: Future,
{
    pub(super) fn as_they_come(source: F) -> Self {
        Self::new(source, false)
    }

    pub(super) fn in_order(source: F) -> Self {
        Self::new(source, true)
    }

    fn new(source: F, in_order: bool) -> Self {
        const {
            assert!(
                LIMIT > 0,
                "with a limit of 0 no future would ever be started"
            )
        };
        Self {
            pinned: Pinned {
                source: Arm::new(source),
                running: Places::new(),
            },
            outputs: [const { None }; LIMIT],
            queue: Queue::new(),
            in_order,
            contract: Contract::new(),
        }
    }

    fn project(self: Pin<&mut Self>) -> Projected<'_, F, LIMIT> {
        // SAFETY: `get_unchecked_mut` asks that nothing is moved out of the reference. `pinned` is pinned again in the next
        // statement and is not touched otherwise; the other fields are never pinned, so they may be borrowed as they are.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: `new_unchecked` asks that `pinned` does not move until it is dropped. It is a field of `self`, which is pinned;
        // no other code borrows it mutably, there is no `Drop` implementation, and `Self` is `Unpin` only if `pinned` is.
        let pinned = unsafe { Pin::new_unchecked(&mut this.pinned) }.project();
        Projected {
            source: pinned.source,
            running: pinned.running,
            outputs: &mut this.outputs,
            queue: &mut this.queue,
            in_order: this.in_order,
            contract: &mut this.contract,
        }
    }

    /// Starts what may start, and polls what runs.
    fn pump(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let mut this = self.project();
        for place in 0..LIMIT {
            if this.outputs[place].is_some() || !this.running.as_mut().is_free(place) {
                continue;
            }
            let Poll::Ready(Some(future)) = this.source.as_mut().poll_take(cx) else {
                break;
            };
            this.running.as_mut().put(place, future);
            if this.in_order {
                this.queue.push(place);
            }
        }
        // If there was no room, its last answer was a future, and it may have something in progress.
        this.source.as_mut().keep_moving(cx);
        for place in 0..LIMIT {
            if let Some(Poll::Ready(output)) = this.running.as_mut().poll(place, cx) {
                this.outputs[place] = Some(output);
                if !this.in_order {
                    this.queue.push(place);
                }
            }
        }
    }
}

impl<F, const LIMIT: usize> Flow for ConcurrentFixed<F, LIMIT>
where
    F: Flow,
    F::Item: Future,
{
    type Item = <F::Item as Future>::Output;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.as_mut().pump(cx);
        let this = self.project();
        let output = this
            .queue
            .first()
            .and_then(|place| this.outputs[place].take());
        let answer = if output.is_some() {
            this.queue.pop();
            Poll::Ready(output)
        } else if this.source.is_over() && this.running.is_empty() {
            Poll::Ready(None)
        } else {
            Poll::Pending
        };
        this.contract.answer(answer)
    }

    fn poll_progress(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.as_mut().project().contract.check();
        self.as_mut().pump(cx);
        let this = self.project();
        if this.running.is_empty() && !this.source.is_moving() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl<F, const LIMIT: usize> fmt::Debug for ConcurrentFixed<F, LIMIT>
where
    F: Flow,
    F::Item: Future,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConcurrentFixed")
            .field("limit", &LIMIT)
            .finish_non_exhaustive()
    }
}

/// Numbers of places, first in, first out. Each place is in it at most once, so it is never too small.
struct Queue<const LIMIT: usize> {
    places: [usize; LIMIT],
    first: usize,
    length: usize,
}

impl<const LIMIT: usize> Queue<LIMIT> {
    const fn new() -> Self {
        Self {
            places: [0; LIMIT],
            first: 0,
            length: 0,
        }
    }

    fn push(&mut self, place: usize) {
        self.places[(self.first + self.length) % LIMIT] = place;
        self.length += 1;
    }

    fn first(&self) -> Option<usize> {
        (self.length > 0).then(|| self.places[self.first])
    }

    fn pop(&mut self) {
        self.first = (self.first + 1) % LIMIT;
        self.length -= 1;
    }
}
