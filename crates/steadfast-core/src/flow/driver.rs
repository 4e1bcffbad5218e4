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

use core::fmt;
use core::future::{Future, IntoFuture};
use core::ops::Range;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::Flow;
use super::arm::Arm;
use crate::CancelSafe;

/// How many items may be handled in a row before other tasks get their turn.
const IN_A_ROW: u8 = 128;

/// Items that were ready at once, since the task last gave others a turn.
#[derive(Debug)]
pub(crate) struct Budget {
    left: u8,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: IN_A_ROW }
    }
}

impl Budget {
    /// `Pending`, with a wake, once the budget is spent.
    #[inline]
    pub(crate) fn poll_spend(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.left == 0 {
            self.refill();
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.left -= 1;
        Poll::Ready(())
    }

    /// Others have had their turn.
    #[inline]
    pub(crate) fn refill(&mut self) {
        self.left = IN_A_ROW;
    }
}

/// What moves on while somebody waits for something else.
pub trait Progress {
    /// Polls what is in progress; the task is about to go elsewhere.
    fn progress(&mut self, cx: &mut Context<'_>);
    /// The task has come back.
    fn resume(&mut self);
}

/// There is no loop around this one.
#[derive(Debug)]
pub struct NoParent;

impl Progress for NoParent {
    fn progress(&mut self, _: &mut Context<'_>) {}
    fn resume(&mut self) {}
}

impl<P: Progress + ?Sized> Progress for &mut P {
    fn progress(&mut self, cx: &mut Context<'_>) {
        (**self).progress(cx);
    }

    fn resume(&mut self) {
        (**self).resume();
    }
}

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

/// The arms, as a list: the first and the rest.
pub struct Cons<'a, F: Flow, R> {
    /// This arm.
    pub arm: Pin<&'a mut Arm<F, F::Item>>,
    /// Its precondition holds: it may be asked, and its item delivered.
    pub enabled: bool,
    /// Whether it may be cut half-way.
    pub kind: Kind<'a>,
    /// The arms after it.
    pub rest: R,
}

impl<F: Flow, R> Cons<'_, F, R> {
    /// The item that [`Driver::next`] has announced.
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
    /// The first of the arms in `range` that has an item to deliver.
    fn poll_item(&mut self, at: usize, range: &Range<usize>, cx: &mut Context<'_>)
    -> Option<usize>;
    /// Moves all on while the item of `handled` is handled.
    fn advance(&mut self, at: usize, handled: usize, cx: &mut Context<'_>);
    /// Drops what may be dropped, and moves the operations on that have begun: `true` when none is left.
    fn finish(&mut self, cx: &mut Context<'_>) -> bool;
    /// One of them may still deliver something.
    fn is_live(&self) -> bool;
    /// An item waits in one of them, or an operation that is to be left whole is half-done.
    fn would_lose(&self) -> bool;
}

impl Arms for Nil {
    const COUNT: usize = 0;

    fn poll_item(&mut self, _: usize, _: &Range<usize>, _: &mut Context<'_>) -> Option<usize> {
        None
    }

    fn advance(&mut self, _: usize, _: usize, _: &mut Context<'_>) {}

    fn finish(&mut self, _: &mut Context<'_>) -> bool {
        true
    }

    fn is_live(&self) -> bool {
        false
    }

    fn would_lose(&self) -> bool {
        false
    }
}

impl<F: Flow, R: Arms> Arms for Cons<'_, F, R> {
    const COUNT: usize = 1 + R::COUNT;

    fn poll_item(
        &mut self,
        at: usize,
        range: &Range<usize>,
        cx: &mut Context<'_>,
    ) -> Option<usize> {
        if range.contains(&at) {
            if !self.enabled {
                self.arm.as_mut().progress(cx);
            } else if self.arm.as_mut().poll_item(cx) {
                return Some(at);
            }
        }
        self.rest.poll_item(at + 1, range, cx)
    }

    fn advance(&mut self, at: usize, handled: usize, cx: &mut Context<'_>) {
        if at == handled || !self.enabled {
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
        let finished = !self.arm.is_waiting();
        self.rest.finish(cx) && finished
    }

    fn is_live(&self) -> bool {
        (self.enabled && !self.arm.is_over()) || self.rest.is_live()
    }

    fn would_lose(&self) -> bool {
        let item =
            self.arm.is_full() && (size_of::<F::Item>() > 0 || core::mem::needs_drop::<F::Item>());
        item || (self.kind.is_whole() && self.arm.is_waiting()) || self.rest.would_lose()
    }
}

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

/// The arms of one loop, and the loop around it.
pub struct Driver<A: Arms, P: Progress> {
    /// For the preconditions and handlers.
    pub arms: A,
    parent: P,
    /// The arm that is asked first.
    first: usize,
    biased: bool,
    /// The arm whose item is being handled; none before the first.
    handled: usize,
    budget: Budget,
    exit: Exit,
    /// The task has gone elsewhere, so that whoever drops us now does it from outside.
    suspended: bool,
    #[cfg(feature = "std")]
    origin: &'static core::panic::Location<'static>,
}

impl<A: Arms, P: Progress> Driver<A, P> {
    /// A driver that starts with the first arm.
    #[track_caller]
    pub fn new(arms: A, parent: P, biased: bool, exit: Exit) -> Self {
        Self {
            arms,
            parent,
            first: 0,
            biased,
            handled: usize::MAX,
            budget: Budget::default(),
            exit,
            suspended: true,
            #[cfg(feature = "std")]
            origin: core::panic::Location::caller(),
        }
    }

    /// The number of the next arm with an item, or `None` when none will have one.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Next<'_, A, P> {
        self.handled = usize::MAX;
        Next { driver: self }
    }

    /// After `break`: drops the flows, and waits for the operations that have begun.
    pub fn finish(&mut self) -> Finish<'_, A, P> {
        Finish { driver: self }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        self.suspended = true;
        if self.budget.poll_spend(cx).is_pending() {
            self.progress(cx);
            return Poll::Pending;
        }
        let found = self.arms.poll_item(0, &(self.first..A::COUNT), cx);
        let found = found.or_else(|| self.arms.poll_item(0, &(0..self.first), cx));
        if found.is_none() && self.arms.is_live() {
            self.budget.refill();
            self.parent.progress(cx);
            return Poll::Pending;
        }
        if let Some(arm) = found {
            self.handled = arm;
            // The one after it is asked first next time.
            if !self.biased {
                self.first = (arm + 1) % A::COUNT;
            }
        }
        self.resume();
        Poll::Ready(found)
    }
}

impl<A: Arms, P: Progress> Progress for Driver<A, P> {
    fn progress(&mut self, cx: &mut Context<'_>) {
        self.suspended = true;
        self.budget.refill();
        self.arms.advance(0, self.handled, cx);
        self.parent.progress(cx);
    }

    fn resume(&mut self) {
        self.suspended = false;
        self.parent.resume();
    }
}

impl<A: Arms, P: Progress> Drop for Driver<A, P> {
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

impl<A: Arms, P: Progress> fmt::Debug for Driver<A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

impl<F: Flow, R> fmt::Debug for Cons<'_, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cons").finish_non_exhaustive()
    }
}

/// Waits for the next arm.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Next<'a, A: Arms, P: Progress> {
    driver: &'a mut Driver<A, P>,
}

impl<A: Arms, P: Progress> Future for Next<'_, A, P> {
    type Output = Option<usize>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        self.driver.poll_next(cx)
    }
}

/// Waits for the operations that have begun.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Finish<'a, A: Arms, P: Progress> {
    driver: &'a mut Driver<A, P>,
}

impl<A: Arms, P: Progress> Future for Finish<'_, A, P> {
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

/// An await that drives.
pub trait Drive: Sized {
    /// Waits for this future; while it is pending, `driver` moves on.
    fn __drive<P: Progress>(self, driver: &mut P) -> Driven<'_, Self::IntoFuture, P>
    where
        Self: IntoFuture,
    {
        Driven {
            future: self.into_future(),
            driver,
        }
    }
}

impl<F> Drive for F {}

pin_project! {
    /// The future of [`Drive::__drive`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Driven<'a, F, P> {
        #[pin]
        future: F,
        driver: &'a mut P,
    }
}

impl<F: Future, P: Progress> Future for Driven<'_, F, P> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = this.future.poll(cx);
        match polled {
            Poll::Pending => this.driver.progress(cx),
            Poll::Ready(_) => this.driver.resume(),
        }
        polled
    }
}

/// The value of a `merge!`, which is ready: `.await` it.
#[derive(Debug)]
#[must_use = "write `.await` after `merge! { .. }`"]
pub struct Merged<T>(Option<T>);

impl<T> Merged<T> {
    /// `value`, ready.
    pub fn new(value: T) -> Self {
        Self(Some(value))
    }
}

// The value is never pinned.
impl<T> Unpin for Merged<T> {}

impl<T> Future for Merged<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        match self.0.take() {
            Some(value) => Poll::Ready(value),
            None => panic!("the value of `merge!` was polled again after it had been returned"),
        }
    }
}

/// An arm that waits for its precondition: what makes its flow is not called before it holds.
pub fn vacant<F: Flow, M: FnOnce() -> F>(_: &Option<M>) -> Arm<F, F::Item> {
    Arm::vacant()
}

/// `true`: the condition of a loop without an end in a body that gives `()`.
pub const fn endless() -> bool {
    true
}

/// For a loop that ends by `break` alone.
pub fn never<T>() -> T {
    unreachable!("an arm with `repeated` has no end")
}

/// Finds out whether a value is [`CancelSafe`] without asking for it: the method of the type wins over that of the trait.
#[derive(Debug)]
pub struct Probe<'a, T>(pub &'a T);

impl<T: CancelSafe> Probe<'_, T> {
    /// It is.
    pub fn is_droppable(&self) -> bool {
        true
    }
}

/// The method for all other types.
pub trait ProbeFallback {
    /// It is not, as far as one knows.
    fn is_droppable(&self) -> bool {
        false
    }
}

impl<T> ProbeFallback for Probe<'_, T> {}
