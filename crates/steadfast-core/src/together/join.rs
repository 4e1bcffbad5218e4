//! All of several.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Call, End, FirstPanic, Flatten};

pin_project! {
    /// A future of a join, and the ones after it.
    pub struct JoinArm<F: Future, R> {
        #[pin]
        future: Option<F>,
        output: Option<F::Output>,
        #[pin]
        rest: R,
    }
}

impl<F: Future, R> JoinArm<F, R> {
    /// `future` before `rest`.
    pub fn new(future: F, rest: R) -> Self {
        Self {
            future: Some(future),
            output: None,
            rest,
        }
    }
}

/// A list of futures.
#[allow(private_interfaces)]
pub trait JoinArms {
    /// Their outputs, nested.
    type Outputs;
    /// Polls those that have not finished: `true` when none is left.
    #[doc(hidden)]
    fn poll_all(self: Pin<&mut Self>, cx: &mut Context<'_>, panic: &mut FirstPanic) -> bool;
    /// The outputs, if there are all.
    fn outputs(self: Pin<&mut Self>) -> Option<Self::Outputs>;
}

#[allow(private_interfaces)]
impl JoinArms for End {
    type Outputs = ();

    fn poll_all(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut FirstPanic) -> bool {
        true
    }

    fn outputs(self: Pin<&mut Self>) -> Option<()> {
        Some(())
    }
}

#[allow(private_interfaces)]
impl<F: Future, R: JoinArms> JoinArms for JoinArm<F, R> {
    type Outputs = (F::Output, R::Outputs);

    fn poll_all(self: Pin<&mut Self>, cx: &mut Context<'_>, panic: &mut FirstPanic) -> bool {
        let mut this = self.project();
        if let Some(future) = this.future.as_mut().as_pin_mut() {
            let polled = panic.catch(|| future.poll(cx));
            if !matches!(polled, Some(Poll::Pending)) {
                panic.catch(|| this.future.set(None));
            }
            if let Some(Poll::Ready(output)) = polled {
                *this.output = Some(output);
            }
        }
        let finished = this.future.as_mut().as_pin_mut().is_none();
        this.rest.poll_all(cx, panic) && finished
    }

    fn outputs(self: Pin<&mut Self>) -> Option<Self::Outputs> {
        let this = self.project();
        this.output.take().zip(this.rest.outputs())
    }
}

/// What `join!` expands to.
#[track_caller]
pub fn join<A: JoinArms>(arms: A) -> Join<A> {
    let panic = FirstPanic::among(Call::here());
    Join { arms, panic }
}

pin_project! {
    /// The future of [`join!`](crate::join!).
    #[must_use = "futures do nothing unless polled"]
    pub struct Join<A> {
        #[pin]
        arms: A,
        panic: FirstPanic,
    }
}

impl<A: JoinArms<Outputs: Flatten>> Future for Join<A> {
    type Output = <A::Outputs as Flatten>::Flat;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if !this.arms.as_mut().poll_all(cx, this.panic) {
            return Poll::Pending;
        }
        this.panic.resume();
        match this.arms.outputs() {
            Some(outputs) => Poll::Ready(outputs.flatten()),
            None => panic!("`join!` was polled again after it had returned"),
        }
    }
}

impl<A> fmt::Debug for Join<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").finish_non_exhaustive()
    }
}

impl<F: Future, R> fmt::Debug for JoinArm<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinArm").finish_non_exhaustive()
    }
}
