//! What else the macros write.

use core::convert::Infallible;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::super::Flow;
use super::super::arm::Arm;
use crate::CancelSafe;

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

/// What a user gives as the source of a loop.
///
/// The method of a flow wins over that of the trait, which every type has. So what is no flow is said to be none at the call, where
/// it stands in the user's code, and goes on as a flow: else each use of it in the loop would be an error of its own.
#[derive(Debug)]
pub struct Given<F>(pub F);

impl<F: Flow> Given<F> {
    /// It.
    #[inline]
    pub fn __flow(self) -> F {
        self.0
    }
}

/// The method for all other types.
pub trait GivenFallback<F>: Sized {
    /// Asks for a flow, and there is none.
    fn __flow<T>(self) -> NoFlow<T>
    where
        F: Flow;
}

impl<F> GivenFallback<F> for Given<F> {
    fn __flow<T>(self) -> NoFlow<T>
    where
        F: Flow,
    {
        unreachable!("a flow has a method of its own")
    }
}

/// Stands for a flow in a program that does not compile.
#[derive(Debug)]
pub struct NoFlow<T>(Infallible, PhantomData<fn() -> T>);

impl<T> Flow for NoFlow<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        match self.0 {}
    }

    fn poll_progress(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.0 {}
    }
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
