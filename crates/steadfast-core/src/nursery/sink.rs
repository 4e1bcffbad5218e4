//! Where the output of a child goes.

use super::Never;
use crate::context::Scope;
use crate::panic::Panic;
use crate::{CancelReason, Cancelled};

/// What a child without a handle may return: nothing, or `Result<(), E>` with the error of its nursery.
///
/// Implemented for exactly these two, and for `!`, which a child has that never returns; so that `n.spawn(async { .. Ok(()) })` infers the error type from the nursery.
#[diagnostic::on_unimplemented(
    message = "a child without a handle returns `()` or `Result<(), {E}>`, not `{Self}`",
    note = "to get a value back, use `spawn_with_handle`",
    note = "to return another error, turn it into the nursery's: `async move {{ Ok(fut.await?) }}`",
    note = "the error `Never` means that children cannot fail: to let them, open the nursery with `try_nursery`, or the scope with `try_scope`, and end the children with a handle, too, with `Ok(value)`",
    note = "to give way to a request with `?`, turn `Cancelled` into the nursery's error, or use `spawn_until_cancelled`"
)]
pub trait ChildOutput<E> {
    /// The output as a result.
    #[doc(hidden)]
    fn into_result(self) -> Result<(), E>;
}

impl<E> ChildOutput<E> for () {
    fn into_result(self) -> Result<(), E> {
        Ok(())
    }
}

impl<E> ChildOutput<E> for Result<(), E> {
    fn into_result(self) -> Result<(), E> {
        self
    }
}

/// `!` by a name that stable Rust accepts: the output of a function that has none.
type Diverging = <fn() -> ! as diverging::Returns>::Output;

mod diverging {
    #[expect(
        unnameable_types,
        reason = "it only gives `!` a name, and nobody else is to use it"
    )]
    pub trait Returns {
        type Output;
    }

    impl<T> Returns for fn() -> T {
        type Output = T;
    }
}

#[diagnostic::do_not_recommend]
impl<E> ChildOutput<E> for Diverging {
    fn into_result(self) -> Result<(), E> {
        self
    }
}

/// What a child with a handle may return: in a plain nursery anything; in one that returns errors, `Result<T, E>`, whose
/// error fails the nursery and whose value goes to the handle.
#[diagnostic::on_unimplemented(
    message = "in a nursery with the error `{E}`, a child with a handle returns `Result<T, {E}>`, not `{Self}`",
    note = "write `Ok(value)` at the end of the child; or use `spawn_supervised`, whose output is its handle's alone",
    note = "`{E}` must implement `Debug`"
)]
pub trait HandleOutput<E> {
    /// What the handle gives.
    type Value;

    /// Parts the output into the handle's value and the nursery's error.
    // The trait is implemented for everything, and may be in scope: a shorter name would hide methods of users' types.
    #[doc(hidden)]
    fn split_output(self) -> Result<Self::Value, E>;
}

impl<T> HandleOutput<Never> for T {
    type Value = T;

    fn split_output(self) -> Result<T, Never> {
        Ok(self)
    }
}

impl<T, E: std::fmt::Debug> HandleOutput<E> for Result<T, E> {
    type Value = T;

    fn split_output(self) -> Result<T, E> {
        self
    }
}

/// What the output of a child means to its nursery.
pub(crate) enum Verdict<E> {
    Done,
    Failed(E),
    Cancelled(Cancelled),
}

/// How a child ended, for whoever holds its handle.
pub(crate) enum How {
    Done,
    Failed,
    // Boxed, so that every child does not carry room for them.
    Cancelled(Box<CancelReason>),
    Panicked(Box<Panicked>),
    Lost,
    Refused,
}

pub(crate) struct Panicked {
    pub(crate) message: String,
    /// If it is the handle's.
    pub(crate) panic: Option<Panic>,
}

impl How {
    pub(crate) fn cancelled(reason: CancelReason) -> Self {
        Self::Cancelled(Box::new(reason))
    }

    pub(crate) fn panicked(message: String, panic: Option<Panic>) -> Self {
        Self::Panicked(Box::new(Panicked { message, panic }))
    }
}

/// Whose request a child sees first.
pub(crate) trait Scoped {
    /// A scope for this child alone, if it has one; else it has its nursery's.
    fn scope(&self) -> Option<Scope<'_>>;

    /// Hears the number of the child, before that runs.
    fn seated(&self, _number: u64) {}

    /// Whether anybody is told how the child ended.
    const TELLS: bool = true;
}

/// Takes the output of a child, and tells whoever waits for it.
pub(crate) trait Sink<O, E>: Scoped {
    /// Takes the output, inside the child's context.
    fn take(&self, output: O) -> Verdict<E>;

    /// Tells how it ended. Comes after the clean-ups, and before the child is counted out.
    fn publish(&mut self, how: How);

    /// However the child ends is the handle's alone.
    fn is_alone(&self) -> bool {
        false
    }
}

/// Fire and forget.
pub(crate) struct Forget;

impl Scoped for Forget {
    const TELLS: bool = false;

    fn scope(&self) -> Option<Scope<'_>> {
        None
    }
}

impl<O: ChildOutput<E>, E> Sink<O, E> for Forget {
    fn take(&self, output: O) -> Verdict<E> {
        match output.into_result() {
            Ok(()) => Verdict::Done,
            Err(error) => Verdict::Failed(error),
        }
    }

    fn publish(&mut self, _: How) {}
}

/// Fire and forget, in a marked region.
pub(crate) struct ForgetRegion;

impl Scoped for ForgetRegion {
    const TELLS: bool = false;

    fn scope(&self) -> Option<Scope<'_>> {
        None
    }
}

impl<O: ChildOutput<E>, E> Sink<Result<O, Cancelled>, E> for ForgetRegion {
    fn take(&self, output: Result<O, Cancelled>) -> Verdict<E> {
        match output {
            Ok(output) => Forget.take(output),
            Err(cancelled) => Verdict::Cancelled(cancelled),
        }
    }

    fn publish(&mut self, _: How) {}
}
