//! A future that something happens to between two of its polls: it is dropped, or asked to end.
//!
//! For any runtime. Every place where a future can be dropped is found by a loop that ends when the future does:
//!
//! ```
//! use std::pin::pin;
//! use std::task::{Context, Waker};
//! use steadfast_sim::kit::{polls, yield_once};
//!
//! # fn block_on<F: Future>(future: F) -> F::Output {
//! #     let mut future = pin!(future);
//! #     loop {
//! #         if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
//! #             return output;
//! #         }
//! #     }
//! # }
//! async fn scenario() {
//!     yield_once().await;
//!     yield_once().await;
//! }
//!
//! // `block_on` of tokio, smol, async-std, or `steadfast::block_on`.
//! let ended_after = (0..100).find(|&polls| block_on(polls::drop_after(scenario(), polls)).is_some());
//! assert_eq!(ended_after, Some(3));
//! ```
//!
//! | | right after poll `n` | in the place of poll `n + 1` |
//! |---|---|---|
//! | what it waits for | has not happened | has happened, and it does not know yet |
//! | dropped | [`drop_after`] | [`drop_before`] |
//! | asked to end | [`call_after`] | [`call_before`] |
//!
//! On the simulator, [`Trials`](super::Trials) does both at every poll, and looks at what is left.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

/// Polls `future` `polls` times, and drops it at once after the last of these, in the same poll of its task. `None` then; its value
/// if it was ready before, or at the last of these polls.
///
/// After 0 polls it is dropped unpolled.
///
/// # Cancel safety
///
/// As `future`.
pub fn drop_after<F: Future>(future: F, polls: usize) -> DropAt<F> {
    DropAt {
        future: Some(future),
        moment: Moment::after(polls),
    }
}

/// Drops `future` when it is woken for poll number `poll`, counted from one, in the place of that poll. `None` then; its value if
/// it was ready before.
///
/// # Cancel safety
///
/// As `future`.
///
/// # Panics
///
/// If `poll` is 0.
#[track_caller]
pub fn drop_before<F: Future>(future: F, poll: usize) -> DropAt<F> {
    DropAt {
        future: Some(future),
        moment: Moment::before(poll),
    }
}

/// Polls `future` to its end, and calls `call` once, right after its poll number `polls` if that was pending. After 0 polls that is
/// before the first.
///
/// The call is made inside of the poll of the task. If it asks the future to end, be sure that the request wakes the task.
///
/// # Cancel safety
///
/// As `future`.
pub fn call_after<F: Future, C: FnOnce()>(future: F, polls: usize, call: C) -> CallAt<F, C> {
    CallAt {
        future,
        call: Some(call),
        moment: Moment::after(polls),
    }
}

/// Polls `future` to its end, and calls `call` once, right before its poll number `poll`, counted from one.
///
/// # Cancel safety
///
/// As `future`.
///
/// # Panics
///
/// If `poll` is 0.
#[track_caller]
pub fn call_before<F: Future, C: FnOnce()>(future: F, poll: usize, call: C) -> CallAt<F, C> {
    CallAt {
        future,
        call: Some(call),
        moment: Moment::before(poll),
    }
}

/// A place between two polls.
#[derive(Clone, Copy, Debug)]
struct Moment {
    /// How many polls there are still to be before it.
    left: usize,
    /// It comes when the poll after these is asked for, not at once.
    late: bool,
}

impl Moment {
    const fn after(polls: usize) -> Self {
        let late = polls == 0;
        Self { left: polls, late }
    }

    #[track_caller]
    const fn before(poll: usize) -> Self {
        assert!(poll > 0, "polls are counted from one; there is none before");
        let left = poll - 1;
        Self { left, late: true }
    }

    /// A poll is about to begin.
    const fn comes_now(self) -> bool {
        self.left == 0 && self.late
    }

    /// A poll was pending. Whether the moment has come.
    const fn comes_after_this(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left == 0 && !self.late
    }
}

pin_project! {
    /// The future of [`drop_after`] and [`drop_before`].
    #[must_use = "futures do nothing unless polled"]
    pub struct DropAt<F> {
        #[pin]
        future: Option<F>,
        moment: Moment,
    }
}

impl<F: Future> Future for DropAt<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if !this.moment.comes_now() {
            let future = this.future.as_mut().as_pin_mut();
            let polled = future
                .expect("it is not polled after it was ready")
                .poll(cx);
            if let Poll::Ready(output) = polled {
                return Poll::Ready(Some(output));
            }
            if !this.moment.comes_after_this() {
                return Poll::Pending;
            }
        }
        this.future.set(None);
        Poll::Ready(None)
    }
}

pin_project! {
    /// The future of [`call_after`] and [`call_before`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CallAt<F, C> {
        #[pin]
        future: F,
        call: Option<C>,
        moment: Moment,
    }
}

impl<F: Future, C: FnOnce()> Future for CallAt<F, C> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.moment.comes_now() {
            this.call.take().into_iter().for_each(|call| call());
        }
        let polled = this.future.poll(cx);
        if polled.is_pending() && this.moment.comes_after_this() {
            this.call.take().into_iter().for_each(|call| call());
        }
        polled
    }
}

impl<F> fmt::Debug for DropAt<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DropAt")
            .field("moment", &self.moment)
            .finish_non_exhaustive()
    }
}

impl<F, C> fmt::Debug for CallAt<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallAt")
            .field("moment", &self.moment)
            .finish_non_exhaustive()
    }
}
