//! The first of several.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::End;
use crate::CancelSafe;

pin_project! {
    /// A future of a race, and the ones after it.
    pub struct RaceArm<F, R> {
        #[pin]
        future: Option<F>,
        #[pin]
        rest: R,
    }
}

impl<F: Future + CancelSafe, R> RaceArm<F, R> {
    /// `future` before `rest`.
    pub fn new(future: F, rest: R) -> Self {
        Self {
            future: Some(future),
            rest,
        }
    }
}

/// A list of futures with the same output.
pub trait RaceArms<T> {
    /// The output of the first that has one.
    fn poll_first(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T>;
    /// Drops all.
    fn clear(self: Pin<&mut Self>);
}

impl<T> RaceArms<T> for End {
    fn poll_first(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        Poll::Pending
    }

    fn clear(self: Pin<&mut Self>) {}
}

impl<F: Future, R: RaceArms<F::Output>> RaceArms<F::Output> for RaceArm<F, R> {
    fn poll_first(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(future) = this.future.as_pin_mut() {
            if let Poll::Ready(output) = future.poll(cx) {
                return Poll::Ready(output);
            }
        }
        this.rest.poll_first(cx)
    }

    fn clear(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.future.set(None);
        this.rest.clear();
    }
}

/// What `race!` expands to.
pub fn race<T, A: RaceArms<T>>(arms: A) -> Race<A, T> {
    Race {
        arms,
        output: core::marker::PhantomData,
    }
}

pin_project! {
    /// The future of [`race!`](crate::race!).
    #[must_use = "futures do nothing unless polled"]
    pub struct Race<A, T> {
        #[pin]
        arms: A,
        output: core::marker::PhantomData<fn() -> T>,
    }
}

impl<A, T> CancelSafe for Race<A, T> {}

impl<T, A: RaceArms<T>> Future for Race<A, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut arms = self.project().arms;
        let polled = arms.as_mut().poll_first(cx);
        if polled.is_ready() {
            arms.clear();
        }
        polled
    }
}

impl<A, T> fmt::Debug for Race<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Race").finish_non_exhaustive()
    }
}

impl<F, R> fmt::Debug for RaceArm<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RaceArm").finish_non_exhaustive()
    }
}
