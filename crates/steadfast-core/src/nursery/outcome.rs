//! What becomes of the errors and panics of children.

use std::fmt;
use std::time::Duration;

use crate::async_drop::{Mishap, MishapKind};
use crate::context::GaveWay;
use crate::faults::{Fault, is_planted};
use crate::panic::Panic;
use crate::unwind::{self, Payload};
use crate::{CancelReason, NoRuntime, Origin, Report, report};

/// One thing that went wrong in a nursery: who, and what.
pub struct Failure<E> {
    child: Origin,
    is_body: bool,
    /// It is the request itself, which the task passed on by `?`.
    is_request: bool,
    kind: FailureKind<E>,
}

/// What went wrong.
#[non_exhaustive]
pub enum FailureKind<E> {
    /// The child or the body returned an error.
    Error(E),
    /// The child or the body panicked, in `poll` or in a destructor. Seen only with
    /// [`collect_panics`](crate::Builder::collect_panics); otherwise the panic goes on from the nursery's call.
    Panicked(Panic),
    /// The runtime dropped the child before it had finished.
    Lost,
    /// A clean-up panicked.
    CleanupPanicked(Panic),
    /// A clean-up took longer than its budget, and was dropped.
    CleanupOverran(Duration),
    /// The nursery was awaited where there is no runtime. Nothing has run.
    NoRuntime(NoRuntime),
    /// A child was to return a value, and was aborted after a request. Comes of [`map_concurrent`](crate::Builder::map_concurrent).
    Cancelled(CancelReason),
}

impl<E> Failure<E> {
    pub(super) const fn new(child: Origin, kind: FailureKind<E>) -> Self {
        Self {
            child,
            is_body: false,
            is_request: false,
            kind,
        }
    }

    pub(super) const fn of_body(body: Origin, kind: FailureKind<E>) -> Self {
        Self {
            child: body,
            is_body: true,
            is_request: false,
            kind,
        }
    }

    pub(super) fn of_cleanup(child: Origin, mishap: Mishap) -> Self {
        let kind = match mishap.kind {
            MishapKind::Panicked(payload) => FailureKind::CleanupPanicked(Panic::new(payload)),
            MishapKind::Overran(budget) => FailureKind::CleanupOverran(budget),
        };
        Self::new(child, kind)
    }

    /// The child: its name and where it was spawned. For the body, the nursery; for a clean-up, the value's birthplace.
    pub const fn child(&self) -> &Origin {
        &self.child
    }

    /// Whether it was the body that failed.
    pub const fn is_body(&self) -> bool {
        self.is_body
    }

    /// What went wrong.
    pub const fn kind(&self) -> &FailureKind<E> {
        &self.kind
    }

    /// What went wrong, by value.
    pub fn into_kind(self) -> FailureKind<E> {
        self.kind
    }

    /// The error, if it is one.
    pub const fn error(&self) -> Option<&E> {
        match &self.kind {
            FailureKind::Error(error) => Some(error),
            _ => None,
        }
    }

    /// The error by value, if it is one.
    pub fn into_error(self) -> Option<E> {
        match self.kind {
            FailureKind::Error(error) => Some(error),
            _ => None,
        }
    }

    /// The panic, if it was one, of the task or of a clean-up.
    pub const fn panic(&self) -> Option<&Panic> {
        match &self.kind {
            FailureKind::Panicked(panic) | FailureKind::CleanupPanicked(panic) => Some(panic),
            _ => None,
        }
    }

    /// What happened, without the error itself, which may have no text.
    fn outline(&self) -> String {
        match &self.kind {
            FailureKind::Error(_) => "returned an error".to_owned(),
            FailureKind::Panicked(panic) => format!("panicked: {panic}"),
            FailureKind::Lost => "was dropped by its runtime before it had finished".to_owned(),
            FailureKind::CleanupPanicked(panic) => format!("has a clean-up that panicked: {panic}"),
            FailureKind::CleanupOverran(budget) => {
                format!("has a clean-up that overran its budget of {budget:?}")
            }
            FailureKind::NoRuntime(error) => error.to_string(),
            FailureKind::Cancelled(reason) => format!("has a child without a value: {reason}"),
        }
    }

    fn report(self, why: &str) {
        if !self.is_request {
            let what = format!("{}, and {why}", self.outline());
            report::send(&Report::Unreturned {
                child: self.child,
                what,
            });
        }
        // Nobody is left to hear of a destructor that panics, too.
        if let Err(payload) = unwind::drop_caught(self.kind) {
            unwind::forget_payload(payload);
        }
    }
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = if self.is_body {
            "the body of the nursery"
        } else {
            "the child"
        };
        match &self.kind {
            FailureKind::Error(error) => write!(f, "{who} {} failed: {error}", self.child),
            FailureKind::CleanupPanicked(_) | FailureKind::CleanupOverran(_) => {
                write!(f, "the value guarded at {} {}", self.child, self.outline())
            }
            FailureKind::NoRuntime(error) => error.fmt(f),
            _ => write!(f, "{who} {} {}", self.child, self.outline()),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("child", &self.child)
            .field("kind", &self.kind)
            .finish()
    }
}

impl<E: fmt::Debug> fmt::Debug for FailureKind<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => f.debug_tuple("Error").field(error).finish(),
            Self::Panicked(panic) => f.debug_tuple("Panicked").field(&panic.message()).finish(),
            Self::Lost => f.write_str("Lost"),
            Self::CleanupPanicked(panic) => f
                .debug_tuple("CleanupPanicked")
                .field(&panic.message())
                .finish(),
            Self::CleanupOverran(budget) => f.debug_tuple("CleanupOverran").field(budget).finish(),
            Self::NoRuntime(error) => f.debug_tuple("NoRuntime").field(error).finish(),
            Self::Cancelled(reason) => f.debug_tuple("Cancelled").field(reason).finish(),
        }
    }
}

/// The failure of a nursery: one primary failure, and the others.
///
/// The first failure in completion order is primary. The same shape holds for one failure and for many. Children that gave
/// way to a request have not failed and are not listed; an error that such a child still returned is kept apart, in
/// [`after_cancel`](Self::after_cancel).
pub struct NurseryError<E> {
    // Boxed, so that a `Result` with it stays small.
    parts: Box<Parts<E>>,
}

struct Parts<E> {
    primary: Failure<E>,
    others: Vec<Failure<E>>,
    after_cancel: Vec<Failure<E>>,
    gave_way: bool,
    reason: Option<CancelReason>,
}

impl<E> NurseryError<E> {
    pub(super) fn no_runtime(nursery: Origin, error: NoRuntime) -> Self {
        let primary = Failure::new(nursery, FailureKind::NoRuntime(error));
        Self::assemble(primary, Failures::new(), false, None)
    }

    fn assemble(
        primary: Failure<E>,
        rest: Failures<E>,
        gave_way: bool,
        reason: Option<CancelReason>,
    ) -> Self {
        Self {
            parts: Box::new(Parts {
                primary,
                others: rest.failures,
                after_cancel: rest.after_cancel,
                gave_way,
                reason,
            }),
        }
    }

    /// The first failure, in completion order.
    pub fn primary(&self) -> &Failure<E> {
        &self.parts.primary
    }

    /// The first failure, by value.
    pub fn into_primary(self) -> Failure<E> {
        self.parts.primary
    }

    /// The later failures, in completion order.
    pub fn others(&self) -> impl ExactSizeIterator<Item = &Failure<E>> {
        self.parts.others.iter()
    }

    /// Errors of tasks that had given way to a request before: mostly the request itself, turned into an error by `?`.
    ///
    /// A nursery whose body has a value does not fail by them. It reports those that a task returned in a later poll than
    /// the one in which it gave way, such as the error of a last flush; those of the same poll are the request itself.
    pub fn after_cancel(&self) -> impl ExactSizeIterator<Item = &Failure<E>> {
        self.parts.after_cancel.iter()
    }

    /// All failures, the primary one first, those after a request last.
    pub fn into_failures(self) -> impl Iterator<Item = Failure<E>> {
        let Parts {
            primary,
            others,
            after_cancel,
            ..
        } = *self.parts;
        std::iter::once(primary).chain(others).chain(after_cancel)
    }

    /// The primary error by value.
    ///
    /// # Errors
    ///
    /// The whole again, if the primary failure is no error but a panic, a loss, or a clean-up.
    pub fn into_error(self) -> Result<E, Self> {
        match self.parts.primary.kind {
            FailureKind::Error(error) => Ok(error),
            _ => Err(self),
        }
    }

    /// Whether nothing has failed: the body gave way to a request, or a child of
    /// [`map_concurrent`](crate::Builder::map_concurrent) did, and had no value to return.
    pub fn is_cancelled(&self) -> bool {
        self.parts.gave_way
    }

    /// Why the nursery was asked to end, which is the primary failure itself unless a request came before it.
    pub fn cancel_reason(&self) -> Option<&CancelReason> {
        self.parts.reason.as_ref()
    }
}

impl<E: fmt::Display> fmt::Display for NurseryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts.primary.error().filter(|_| self.parts.gave_way) {
            Some(error) => write!(
                f,
                "the body of the nursery {} gave way: {error}",
                self.parts.primary.child
            )?,
            None => self.parts.primary.fmt(f)?,
        }
        // Who only gave way has not failed.
        match self.parts.others.len() {
            0 => Ok(()),
            1 => f.write_str(" (and 1 more)"),
            more => write!(f, " (and {more} more)"),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for NurseryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NurseryError")
            .field("primary", &self.parts.primary)
            .field("others", &self.parts.others)
            .field("after_cancel", &self.parts.after_cancel)
            .field("cancel_reason", &self.parts.reason)
            .finish()
    }
}

impl<E: std::error::Error + 'static> std::error::Error for NurseryError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.parts.primary.error().map(|error| error as _)
    }
}

/// What has gone wrong so far, in completion order.
pub(super) struct Failures<E> {
    failures: Vec<Failure<E>>,
    after_cancel: Vec<Failure<E>>,
}

/// How a nursery ends.
pub(super) enum End<T, E> {
    Value(T),
    Failed(NurseryError<E>),
    Panic(Payload),
}

impl<E> Failures<E> {
    pub(super) const fn new() -> Self {
        Self {
            failures: Vec::new(),
            after_cancel: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.failures.is_empty() && self.after_cancel.is_empty()
    }

    pub(super) fn push(&mut self, failure: Failure<E>) {
        if self.failures.is_empty() || !is_planted(Fault::LosesSecondError) {
            self.failures.push(failure);
        }
    }

    /// Whether a child or the body has failed, so that the others have been or will be asked to end.
    pub(super) fn is_any_of_a_task(&self) -> bool {
        self.failures.iter().any(|failure| {
            matches!(
                failure.kind,
                FailureKind::Error(_) | FailureKind::Panicked(_) | FailureKind::Lost
            )
        })
    }

    pub(super) fn keep(&mut self, failure: Failure<E>, gave_way: GaveWay) {
        let is_request = gave_way == GaveWay::Now;
        self.after_cancel.push(Failure {
            is_request,
            ..failure
        });
    }

    /// Tells of everything that nobody will return, save of requests that were merely passed on.
    pub(super) fn report_all(&mut self, why: &str) {
        let failures = self.failures.drain(..).chain(self.after_cancel.drain(..));
        for failure in failures {
            failure.report(why);
        }
    }

    /// The outcome. `value` is the body's, if it returned one.
    pub(super) fn conclude<T>(
        mut self,
        value: Option<T>,
        reason: Option<CancelReason>,
        collect_panics: bool,
    ) -> End<T, E> {
        if !collect_panics {
            if let Some(payload) = self.take_panic(|kind| matches!(kind, FailureKind::Panicked(_)))
            {
                self.report_all("a panic outranks it");
                return End::Panic(payload);
            }
        }
        if !self.failures.is_empty() {
            let primary = self.failures.remove(0);
            return End::Failed(NurseryError::assemble(primary, self, false, reason));
        }
        match value {
            Some(value) => {
                self.report_all("it had given way to a request, so that its nursery did not fail");
                End::Value(value)
            }
            // The body returned an error after it had given way: it is the last one kept.
            None => match self.after_cancel.iter().position(Failure::is_body) {
                Some(body) => {
                    let primary = self.after_cancel.remove(body);
                    End::Failed(NurseryError::assemble(primary, self, true, reason))
                }
                None => unreachable!("a body that returned no value has left an error or a panic"),
            },
        }
    }

    /// The outcome of a nursery with a child that has no value, although it is no failure: it gave way to a request.
    pub(super) fn conclude_unfilled<T>(
        mut self,
        nursery: Origin,
        reason: Option<CancelReason>,
        collect_panics: bool,
    ) -> End<T, E> {
        if !self.failures.is_empty() {
            return self.conclude(None, reason, collect_panics);
        }
        let primary = if self.after_cancel.is_empty() {
            let reason = reason.clone().unwrap_or(CancelReason::Shutdown);
            Failure::new(nursery, FailureKind::Cancelled(reason))
        } else {
            self.after_cancel.remove(0)
        };
        End::Failed(NurseryError::assemble(primary, self, true, reason))
    }

    /// The outcome of a nursery that cannot return an error: only panics count, first those of children and the body, then
    /// those of clean-ups. The rest is reported.
    pub(super) fn conclude_plain<T>(mut self, value: Option<T>) -> Result<T, Payload> {
        match value {
            Some(value) if self.is_empty() => return Ok(value),
            _ => {}
        }
        let panic = self.take_panic(|kind| matches!(kind, FailureKind::Panicked(_)));
        let panic = panic
            .or_else(|| self.take_panic(|kind| matches!(kind, FailureKind::CleanupPanicked(_))));
        self.report_all("its nursery cannot return errors");
        match (panic, value) {
            (Some(payload), _) => Err(payload),
            (None, Some(value)) => Ok(value),
            (None, None) => unreachable!("a plain body that returned no value has panicked"),
        }
    }

    fn take_panic(&mut self, wanted: impl Fn(&FailureKind<E>) -> bool) -> Option<Payload> {
        let first = self
            .failures
            .iter()
            .position(|failure| wanted(&failure.kind))?;
        match self.failures.remove(first).kind {
            FailureKind::Panicked(panic) | FailureKind::CleanupPanicked(panic) => {
                Some(panic.into_payload())
            }
            _ => None,
        }
    }
}

// Errors travel between threads, whatever their panics carry.
const _: () = {
    const fn assert<T: Send + Sync>() {}
    assert::<NurseryError<std::io::Error>>();
    assert::<super::ChildError>();
};

#[cfg(test)]
mod tests;
