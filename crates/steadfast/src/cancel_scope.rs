//! The core's cancel scope, whose deadline finds its clock outside of steadfast tasks, too.

use std::borrow::Cow;
use std::future::Future;

use steadfast_core::{CancelHandle, Deadline};

use crate::finder::install;

/// A part of a task that can be asked to end without the rest.
///
/// Life cycle: made by [`new`](Self::new); [`handle`](Self::handle) gives out handles, by which anybody may cancel it or move
/// its deadline, before, during and after; [`run`](Self::run) runs one future in it. A request to a scope ends nothing by
/// itself: marked regions inside give way, and code after `run` goes on untouched.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast::{CancelScope, FutureExt};
///
/// let scope = CancelScope::new();
/// let handle = scope.handle();
/// handle.cancel("enough");
/// let ended = scope.run(async { std::future::pending::<()>().or_cancelled().await }).await;
/// assert!(ended.is_err());
/// assert!(handle.was_cancelled() && handle.was_obeyed());
/// # }).expect("it does not wait");
/// ```
#[derive(Debug)]
pub struct CancelScope(steadfast_core::CancelScope);

impl CancelScope {
    /// A scope with no deadline.
    #[track_caller]
    pub fn new() -> Self {
        install();
        Self(steadfast_core::CancelScope::new())
    }

    /// Names it in the tree.
    pub fn name(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.name(name))
    }

    /// Gives it a deadline. A relative one counts from the entry, however long ago the scope was made.
    pub fn deadline(self, deadline: impl Into<Deadline>) -> Self {
        Self(self.0.deadline(deadline))
    }

    /// A handle for whoever may cancel the scope.
    pub fn handle(&self) -> CancelHandle {
        self.0.handle()
    }

    /// Enters the scope and runs `future` in it. The value is that of `future`.
    ///
    /// `future` is begun even if the scope has been cancelled before.
    ///
    /// # Panics
    ///
    /// At the first poll, if it has a deadline and there is no runtime whose clock could be used; the text names the fix.
    ///
    /// # Cancel safety
    ///
    /// As `future`. Dropping it asks nothing of anybody: what `future` owned is dropped with it.
    pub fn run<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        self.0.run(future)
    }
}

impl Default for CancelScope {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}
