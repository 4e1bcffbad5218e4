//! One source among several, with room for one item.

use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::Flow;
use crate::CancelSafe;

pin_project! {
    /// A flow and at most one item of it that has not been taken.
    ///
    /// Keeps the contract of its flow, whatever it is asked for: it knows what the flow has answered last, and drops it at its
    /// end.
    #[derive(Debug)]
    pub struct Arm<F, T> {
        #[pin]
        flow: Option<F>,
        item: Option<T>,
        phase: Phase,
    }
}

/// So that the macros can ask an arm what they would ask its flow.
impl<F: CancelSafe, T> CancelSafe for Arm<F, T> {}

/// What the flow has answered last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not asked yet.
    New,
    /// `Pending`: only `poll_next` may follow.
    Waiting,
    /// An item, and something may move on until the next one is asked for.
    Moving,
    /// An item, and nothing moves until the next one is asked for.
    Still,
    /// The end; or there has never been a flow.
    Ended,
}

impl<F: Flow> Arm<F, F::Item> {
    /// An arm over `flow`.
    pub fn new(flow: F) -> Self {
        Self {
            flow: Some(flow),
            item: None,
            phase: Phase::New,
        }
    }

    /// An arm that [`fill`](Self::fill) gives its flow.
    pub(super) fn vacant() -> Self {
        Self {
            flow: None,
            item: None,
            phase: Phase::Ended,
        }
    }

    /// Gives a vacant arm its flow.
    pub fn fill(self: Pin<&mut Self>, flow: F) {
        let mut this = self.project();
        this.flow.set(Some(flow));
        *this.phase = Phase::New;
    }

    /// Drops the flow. An item that is here stays.
    pub(super) fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.flow.set(None);
        *this.phase = Phase::Ended;
    }

    /// Asks for the next item, unless one is here already: `true` if there is one.
    #[inline]
    pub(super) fn poll_item(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let mut this = self.project();
        if this.item.is_some() {
            return true;
        }
        let Some(flow) = this.flow.as_mut().as_pin_mut() else {
            return false;
        };
        match flow.poll_next(cx) {
            Poll::Pending => *this.phase = Phase::Waiting,
            Poll::Ready(None) => {
                this.flow.set(None);
                *this.phase = Phase::Ended;
            }
            Poll::Ready(item) => {
                *this.item = item;
                *this.phase = Phase::Moving;
            }
        }
        this.item.is_some()
    }

    /// Moves on what the flow has begun, without asking for a new item.
    pub(super) fn progress(mut self: Pin<&mut Self>, cx: &mut Context<'_>) {
        if self.phase == Phase::Waiting {
            self.as_mut().poll_item(cx);
        }
        self.keep_moving(cx);
    }

    /// Moves the flow on, and fetches one item ahead.
    pub(super) fn prefetch(mut self: Pin<&mut Self>, cx: &mut Context<'_>) {
        self.as_mut().poll_item(cx);
        self.keep_moving(cx);
    }

    /// Moves on what is in progress, and leaves the flow alone while it works on an item that it has been asked for.
    pub(super) fn keep_moving(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let this = self.project();
        if *this.phase != Phase::Moving {
            return;
        }
        if let Some(flow) = this.flow.as_pin_mut() {
            if flow.poll_progress(cx).is_ready() {
                *this.phase = Phase::Still;
            }
        }
    }

    /// The item, if there is one.
    #[inline]
    pub(super) fn take(self: Pin<&mut Self>) -> Option<F::Item> {
        self.project().item.take()
    }

    /// The next item if it is here, `None` at the end.
    #[inline]
    pub(super) fn poll_take(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<F::Item>> {
        if self.as_mut().poll_item(cx) {
            return Poll::Ready(self.take());
        }
        match self.phase {
            Phase::Ended => Poll::Ready(None),
            _ => Poll::Pending,
        }
    }

    // What follows changes nothing, and still asks for `&mut`: a shared reference to a flow that points into itself would say, to the rules
    // that Miri checks, that nothing in it is about to change.

    /// An item is here that nobody has taken.
    pub(super) fn is_full(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        this.item.is_some()
    }

    /// The flow works on an item that it has been asked for.
    pub(super) fn is_waiting(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        *this.phase == Phase::Waiting
    }

    /// Neither an item nor a flow is left.
    pub(super) fn is_over(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        *this.phase == Phase::Ended && this.item.is_none()
    }

    /// Work is in progress, or may be: the task will be woken for it.
    pub(super) fn is_moving(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        matches!(*this.phase, Phase::Waiting | Phase::Moving)
    }
}
