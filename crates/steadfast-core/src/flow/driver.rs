//! What `merge!` and `for_await!` expand to: arms, and awaits that drive them.
//!
//! Nothing here is for users. The macros keep each handler inline in the caller and write `.__drive(&mut driver)` before each of
//! its awaits: whatever the handler waits for is polled first, and if it is pending, the arms are.
//!
//! Invariants:
//!
//! 1. At most one handler runs: it is inline code between two calls of [`Driver::next`].
//! 2. Of each arm at most one item is here that has not been handed to its handler ([`Arm`] has one slot).
//! 3. The arm whose item is being handled is asked for no other one before its handler has ended. What it has in progress moves on.
//! 4. An arm that has been asked is polled whenever the task is woken, until it has answered: a handler, a precondition and the
//!    order of the arms delay what is *delivered*, never what is in progress.

mod arms;
mod awaits;
mod budget;
mod extras;
mod solo;

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

pub use self::arms::{Arms, Cons, Gate, Kind, Nil, Open};
pub use self::awaits::{Drive, Driven, NoParent, Progress};
pub(crate) use self::budget::Budget;
use self::budget::Spent;
pub use self::extras::{
    Given, GivenFallback, Merged, NoFlow, NoMacroLeavesThisHandler, Passed, Probe, ProbeFallback,
    RunsLater, endless, never, vacant,
};
pub use self::solo::{Held, Next as NextItem, Solo, source, source_before_done};

/// What becomes of the arms when a handler leaves the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// They are dropped; if that loses something, it is reported.
    Tell,
    /// They are dropped.
    Drop,
    /// Operations that have begun are finished first. An item that nobody handles is reported.
    Finish,
}

/// The arms of one loop, and the loop around it. `BIASED`: they are asked in their order, and not in turn.
pub struct Driver<A: Arms, P: Progress, const BIASED: bool> {
    /// For the preconditions and handlers.
    pub arms: A,
    parent: P,
    /// The arm whose item is being handled; the last one before the first item. The one after it is asked first.
    handled: usize,
    budget: Budget,
    exit: Exit,
    /// The task has gone elsewhere, so that whoever drops us now does it from outside.
    suspended: bool,
    #[cfg(feature = "std")]
    origin: &'static core::panic::Location<'static>,
}

impl<A: Arms, P: Progress, const BIASED: bool> Driver<A, P, BIASED> {
    /// A driver that starts with the first arm.
    #[track_caller]
    pub fn new(arms: A, parent: P, exit: Exit) -> Self {
        Self {
            arms,
            parent,
            handled: A::COUNT - 1,
            budget: Budget::default(),
            exit,
            suspended: true,
            #[cfg(feature = "std")]
            origin: core::panic::Location::caller(),
        }
    }

    /// The number of the next arm with an item, or `None` when none will have one.
    #[inline]
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Next<'_, A, P, BIASED> {
        Next { driver: self }
    }

    /// After `break`: drops the flows, and waits for the operations that have begun.
    pub fn finish(&mut self) -> Finish<'_, A, P, BIASED> {
        Finish { driver: self }
    }

    #[inline]
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        if let Spent::Last = self.budget.spend() {
            if self.poll_begin(cx).is_pending() {
                return Poll::Pending;
            }
        }
        let first = match self.handled + 1 {
            next if BIASED || next == A::COUNT => 0,
            next => next,
        };
        let found = self.arms.poll_after(0, first, cx);
        match found.or_else(|| self.arms.poll_before(0, first, cx)) {
            Some(arm) => {
                self.handled = arm;
                Poll::Ready(Some(arm))
            }
            None => self.poll_end(cx),
        }
    }

    /// After others have had their turn, or before.
    #[cold]
    fn poll_begin(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let begun = self.budget.poll_begin(cx);
        match begun {
            Poll::Ready(()) => self.resume(),
            // No item is being handled.
            Poll::Pending => self.advance(usize::MAX, cx),
        }
        begun
    }

    /// None has an item: all have ended, or we wait.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        if !self.arms.is_live() {
            return Poll::Ready(None);
        }
        self.suspended = true;
        self.budget.refill();
        self.parent.progress(cx);
        Poll::Pending
    }

    fn advance(&mut self, handled: usize, cx: &mut Context<'_>) {
        self.suspended = true;
        self.budget.refill();
        self.arms.advance(0, handled, cx);
        self.parent.progress(cx);
    }
}

impl<A: Arms, P: Progress, const BIASED: bool> Progress for Driver<A, P, BIASED> {
    fn progress(&mut self, cx: &mut Context<'_>) {
        self.advance(self.handled, cx);
    }

    #[inline]
    fn resume(&mut self) {
        self.suspended = false;
        self.parent.resume();
    }
}

impl<A: Arms, P: Progress, const BIASED: bool> Drop for Driver<A, P, BIASED> {
    fn drop(&mut self) {
        // Whoever drops the whole future has answered for it; whoever unwinds has other worries.
        let left = !self.suspended && self.exit != Exit::Drop;
        if left && self.arms.would_lose() {
            #[cfg(feature = "std")]
            if !std::thread::panicking() {
                crate::report::send(&crate::Report::LostWork {
                    origin: crate::Origin::at(self.origin),
                    why: LOST,
                });
            }
        }
    }
}

#[cfg(feature = "std")]
const LOST: &str = "its loop was left while an arm had an item that no handler had seen, or an operation that was half-done; \
                    write `on_exit: finish;` to finish operations first, `on_exit: drop;` if that loses nothing, or mark an \
                    operation that may be cut with `assert_cancel_safe`";

impl<A: Arms, P: Progress, const BIASED: bool> fmt::Debug for Driver<A, P, BIASED> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

/// Waits for the next arm.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Next<'a, A: Arms, P: Progress, const BIASED: bool> {
    driver: &'a mut Driver<A, P, BIASED>,
}

impl<A: Arms, P: Progress, const BIASED: bool> Future for Next<'_, A, P, BIASED> {
    type Output = Option<usize>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        self.driver.poll_next(cx)
    }
}

/// Waits for the operations that have begun.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Finish<'a, A: Arms, P: Progress, const BIASED: bool> {
    driver: &'a mut Driver<A, P, BIASED>,
}

impl<A: Arms, P: Progress, const BIASED: bool> Future for Finish<'_, A, P, BIASED> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let driver = &mut *self.driver;
        driver.suspended = true;
        if driver.arms.finish(cx) {
            driver.resume();
            return Poll::Ready(());
        }
        driver.parent.progress(cx);
        Poll::Pending
    }
}
