//! Several futures of a flow at a time.

use alloc::collections::VecDeque;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_buffered::FuturesUnorderedBounded;
use futures_core::Stream;
use pin_project_lite::pin_project;

use super::Flow;
use super::arm::Arm;
use super::contract::Contract;

pin_project! {
    /// The flow of [`Flow::concurrent`] and [`Flow::concurrent_ordered`].
    ///
    /// Invariant: those that run and the outputs that have not been taken are together at most `limit`. A future enters only
    /// where there is room, and moves from the first group to the second.
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Concurrent<F>
    where
        F: Flow,
        F::Item: Future,
    {
        #[pin]
        source: Arm<F, F::Item>,
        running: FuturesUnorderedBounded<Numbered<F::Item>>,
        // In order: one place for each future that was started, filled when it has finished. As they come: what has finished.
        outputs: VecDeque<Option<<F::Item as Future>::Output>>,
        in_order: bool,
        // The number of the future whose place is the first one.
        first: usize,
        // The number of the next future.
        next: usize,
        limit: usize,
        contract: Contract,
    }
}

impl<F> Concurrent<F>
where
    F: Flow,
    F::Item: Future,
{
    #[track_caller]
    pub(super) fn as_they_come(source: F, limit: usize) -> Self {
        Self::new(source, limit, false)
    }

    #[track_caller]
    pub(super) fn in_order(source: F, limit: usize) -> Self {
        Self::new(source, limit, true)
    }

    #[track_caller]
    fn new(source: F, limit: usize, in_order: bool) -> Self {
        assert!(
            limit > 0,
            "with a limit of 0 no future would ever be started"
        );
        Self {
            source: Arm::new(source),
            running: FuturesUnorderedBounded::new(limit),
            outputs: VecDeque::with_capacity(limit),
            in_order,
            first: 0,
            next: 0,
            limit,
            contract: Contract::new(),
        }
    }

    /// Starts what may start, and polls what has been woken.
    fn pump(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let mut this = self.project();
        loop {
            let held = match *this.in_order {
                true => this.outputs.len(),
                false => this.running.len() + this.outputs.len(),
            };
            if held == *this.limit {
                // The last answer of the source was a future: it may have something in progress.
                this.source.as_mut().keep_moving(cx);
                break;
            }
            let Poll::Ready(Some(future)) = this.source.as_mut().poll_take(cx) else {
                break;
            };
            this.running.push(Numbered {
                future,
                number: *this.next,
            });
            *this.next = this.next.wrapping_add(1);
            if *this.in_order {
                this.outputs.push_back(None);
            }
        }
        // Not a crowd's every future is polled by one look, and all that may start begin at once.
        for _ in 0..this.running.len().div_ceil(POLLED_BY_ONE_LOOK) {
            while let Poll::Ready(Some((number, output))) =
                Pin::new(&mut *this.running).poll_next(cx)
            {
                match *this.in_order {
                    true => this.outputs[number.wrapping_sub(*this.first)] = Some(output),
                    false => this.outputs.push_back(Some(output)),
                }
            }
        }
    }
}

/// `FuturesUnorderedBounded` polls so many of those that have been woken, in the order of their wakes, and then asks to be polled
/// again.
const POLLED_BY_ONE_LOOK: usize = 61;

impl<F> Flow for Concurrent<F>
where
    F: Flow,
    F::Item: Future,
{
    type Item = <F::Item as Future>::Output;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.as_mut().pump(cx);
        let this = self.project();
        let answer = match this.outputs.front_mut() {
            Some(first) => first.take().map_or(Poll::Pending, |output| {
                this.outputs.pop_front();
                *this.first = this.first.wrapping_add(1);
                Poll::Ready(Some(output))
            }),
            None if this.running.is_empty() && this.source.is_over() => Poll::Ready(None),
            None => Poll::Pending,
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

impl<F> fmt::Debug for Concurrent<F>
where
    F: Flow,
    F::Item: Future,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Concurrent")
            .field("limit", &self.limit)
            .field("running", &self.running.len())
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// A future and its place in the order.
    struct Numbered<Fut> {
        #[pin]
        future: Fut,
        number: usize,
    }
}

impl<Fut: Future> Future for Numbered<Fut> {
    type Output = (usize, Fut::Output);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let output = ready!(this.future.poll(cx));
        Poll::Ready((*this.number, output))
    }
}
