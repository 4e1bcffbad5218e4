//! The arms of a loop, as a list.

use core::fmt;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Context;

use super::super::Flow;
use super::super::arm::Arm;

/// The arms, as a list: its end.
#[derive(Debug)]
pub struct Nil;

/// What an arm is, as far as its end is concerned.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'a> {
    /// A flow: whoever drops it, drops it.
    Flow,
    /// An operation that should be left whole, unless its author has said that it may be dropped.
    Operation {
        /// He has.
        droppable: bool,
    },
    /// Operations one after the other; the flag says whether the present one may be dropped.
    Operations(&'a AtomicBool),
}

impl Kind<'_> {
    fn is_whole(self) -> bool {
        match self {
            Self::Flow => false,
            Self::Operation { droppable } => !droppable,
            Self::Operations(droppable) => !droppable.load(Ordering::Relaxed),
        }
    }
}

/// Whether an arm may be asked.
pub trait Gate {
    /// It may.
    fn is_open(&self) -> bool;
}

/// The gate of an arm without a precondition.
#[derive(Debug)]
pub struct Open;

impl Gate for Open {
    #[inline]
    fn is_open(&self) -> bool {
        true
    }
}

/// What the precondition was when it was last looked at.
impl Gate for bool {
    fn is_open(&self) -> bool {
        *self
    }
}

/// The arms, as a list: the first and the rest.
pub struct Cons<'a, F: Flow, G, R> {
    /// This arm.
    pub arm: Pin<&'a mut Arm<F, F::Item>>,
    /// Its precondition holds: it may be asked, and its item delivered.
    pub enabled: G,
    /// Whether it may be cut half-way.
    pub kind: Kind<'a>,
    /// The arms after it.
    pub rest: R,
}

impl<F: Flow, G: Gate, R> Cons<'_, F, G, R> {
    /// There is an item to deliver.
    #[inline]
    fn poll_item(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.enabled.is_open() {
            self.arm.as_mut().progress(cx);
            return false;
        }
        self.arm.as_mut().poll_item(cx)
    }

    /// The item that [`Driver::next`](super::Driver::next) has announced.
    #[inline]
    pub fn take(&mut self) -> F::Item {
        match self.arm.as_mut().take() {
            Some(item) => item,
            None => unreachable!("`next` names an arm that has an item"),
        }
    }
}

/// A list of arms. `at` is the number of the first of this part of the list.
pub trait Arms {
    /// How many there are.
    const COUNT: usize;
    /// The first of the arms after the first `skipped` that has an item to deliver.
    fn poll_after(&mut self, at: usize, skipped: usize, cx: &mut Context<'_>) -> Option<usize>;
    /// The first of the first `count` arms that has an item to deliver.
    fn poll_before(&mut self, at: usize, count: usize, cx: &mut Context<'_>) -> Option<usize>;
    /// Moves all on while the item of `handled` is handled.
    fn advance(&mut self, at: usize, handled: usize, cx: &mut Context<'_>);
    /// Drops what may be dropped, and moves the operations on that have begun: `true` when none is left.
    fn finish(&mut self, cx: &mut Context<'_>) -> bool;
    /// One of them may still deliver something.
    fn is_live(&mut self) -> bool;
    /// An item waits in one of them, or an operation that is to be left whole is half-done.
    fn would_lose(&mut self) -> bool;
}

impl Arms for Nil {
    const COUNT: usize = 0;

    #[inline]
    fn poll_after(&mut self, _: usize, _: usize, _: &mut Context<'_>) -> Option<usize> {
        None
    }

    #[inline]
    fn poll_before(&mut self, _: usize, _: usize, _: &mut Context<'_>) -> Option<usize> {
        None
    }

    fn advance(&mut self, _: usize, _: usize, _: &mut Context<'_>) {}

    fn finish(&mut self, _: &mut Context<'_>) -> bool {
        true
    }

    fn is_live(&mut self) -> bool {
        false
    }

    fn would_lose(&mut self) -> bool {
        false
    }
}

impl<F: Flow, G: Gate, R: Arms> Arms for Cons<'_, F, G, R> {
    const COUNT: usize = 1 + R::COUNT;

    #[inline]
    fn poll_after(&mut self, at: usize, skipped: usize, cx: &mut Context<'_>) -> Option<usize> {
        // One call of the rest, so that what is inlined does not double with each arm.
        let rest = skipped.saturating_sub(1);
        if skipped == 0 && self.poll_item(cx) {
            return Some(at);
        }
        self.rest.poll_after(at + 1, rest, cx)
    }

    #[inline]
    fn poll_before(&mut self, at: usize, count: usize, cx: &mut Context<'_>) -> Option<usize> {
        if count == 0 {
            return None;
        }
        if self.poll_item(cx) {
            return Some(at);
        }
        self.rest.poll_before(at + 1, count - 1, cx)
    }

    fn advance(&mut self, at: usize, handled: usize, cx: &mut Context<'_>) {
        if at == handled || !self.enabled.is_open() {
            self.arm.as_mut().progress(cx);
        } else {
            self.arm.as_mut().prefetch(cx);
        }
        self.rest.advance(at + 1, handled, cx);
    }

    fn finish(&mut self, cx: &mut Context<'_>) -> bool {
        if self.kind.is_whole() {
            self.arm.as_mut().progress(cx);
        } else {
            self.arm.as_mut().close();
        }
        let finished = !self.arm.as_mut().is_waiting();
        self.rest.finish(cx) && finished
    }

    fn is_live(&mut self) -> bool {
        (self.enabled.is_open() && !self.arm.as_mut().is_over()) || self.rest.is_live()
    }

    fn would_lose(&mut self) -> bool {
        let item = self.arm.as_mut().is_full()
            && (size_of::<F::Item>() > 0 || core::mem::needs_drop::<F::Item>());
        item || (self.kind.is_whole() && self.arm.as_mut().is_waiting()) || self.rest.would_lose()
    }
}

impl<F: Flow, G, R> fmt::Debug for Cons<'_, F, G, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cons").finish_non_exhaustive()
    }
}
