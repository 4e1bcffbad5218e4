//! What else the macros write.

use core::convert::Infallible;
use core::future::{Future, IntoFuture, Ready, ready};
use core::marker::PhantomData;
use core::panic::Location;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::super::Flow;
use super::super::arm::Arm;
use super::awaits::{Driven, Progress};
use crate::CancelSafe;

/// The value of a `merge!`, which has ended by now: `.await` it.
///
/// The loop is code of the function around it, so that handlers can leave it; so it runs where it is written, and not where its value is
/// polled. Whoever passes this value on means the loop. Therefore it is no future, and only `.await` takes it.
#[derive(Debug)]
#[must_use = "write `.await` after `merge! { .. }`"]
pub struct Merged<T> {
    value: T,
    origin: &'static Location<'static>,
}

impl<T> Merged<T> {
    /// `value`, ready.
    #[inline]
    #[track_caller]
    pub fn new(value: T) -> Self {
        let origin = Location::caller();
        Self { value, origin }
    }
}

impl<T> IntoFuture for Merged<T> {
    type Output = T;
    type IntoFuture = Ready<T>;

    /// What `.await` calls, and also functions of others that take whatever may be awaited. The types cannot tell who it is; the place
    /// can, because `.await` stands behind the loop.
    #[inline]
    #[track_caller]
    fn into_future(self) -> Ready<T> {
        if !is_behind(self.origin, Location::caller()) {
            self.passed_on();
        }
        ready(self.value)
    }
}

impl<T> Merged<T> {
    /// What `.await` behind a loop in a handler expands to, before that of [`Drive`](super::Drive), which any future has.
    pub fn __drive<P: Progress>(self, driver: &mut P) -> Driven<'_, Ready<T>, P> {
        Driven::new(ready(self.value), driver)
    }

    #[cold]
    fn passed_on(&self) -> ! {
        let origin = self.origin;
        panic!(
            "the `merge!` at {origin} has run where it is written, before its value was passed on: put the loop into `async {{ .. }}`"
        )
    }
}

fn is_behind(origin: &Location<'_>, place: &Location<'_>) -> bool {
    let place_of = |location: &Location<'_>| (location.line(), location.column());
    place.file() == origin.file() && place_of(place) >= place_of(origin)
}

/// Stands for the loop in errors, so that they speak of it and not of futures.
#[derive(Debug)]
pub struct Passed<T>(PhantomData<T>);

/// What a loop would need in order to be passed on as a future. None does.
#[diagnostic::on_unimplemented(
    message = "`merge!` runs where it is written, so that it has ended before it is passed on",
    label = "put the loop into `async {{ .. }}`",
    note = "a loop that is timed, joined, raced, spawned or stored is a future of its own: `async {{ merge! {{ .. }}.await }}`"
)]
pub trait RunsLater {}

impl<T> Future for Merged<T>
where
    Passed<T>: RunsLater,
{
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        unreachable!("nothing runs later")
    }
}

impl<T> CancelSafe for Merged<T> where Passed<T>: RunsLater {}

/// The output of a future into which a handler, or a call in it, has been put, because a macro in it may await where `merge!` does not
/// see it.
///
/// A `return` in the definition of that macro would leave the future alone, and the loop would go on as if nothing had been. It gives
/// another type than this one, so that it does not compile; the name is what one reads then.
#[derive(Debug)]
pub struct NoMacroLeavesThisHandler<T>(pub T);

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
