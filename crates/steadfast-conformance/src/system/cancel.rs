//! Requests: how they travel, where they are seen, what they say, and who gets the credit.

mod delivery;
mod grace;
mod marks;
mod reasons;
mod requests;
mod scopes;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use steadfast_core::{CancelReason, Cancelled};

use crate::probe::CountingWaker;

crate::suite::layer! {
    system_cancel_tests;
    requests system_cancel_requests_tests,
    marks system_cancel_marks_tests,
    reasons system_cancel_reasons_tests,
    scopes system_cancel_scopes_tests,
    grace system_cancel_grace_tests,
    delivery system_cancel_delivery_tests,
}

/// One poll by hand, in the task that this is called in, whose wakes are counted.
pub(super) fn poll_with<F: Future + ?Sized>(
    future: Pin<&mut F>,
    wakes: &CountingWaker,
) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&wakes.waker()))
}

/// The words of an explicit request.
pub(super) fn text(reason: Option<&CancelReason>) -> Option<&str> {
    match reason {
        Some(CancelReason::Requested(request)) => Some(request.text()),
        _ => None,
    }
}

/// An error of a user's own, which `?` makes of a request.
#[derive(Debug, PartialEq)]
pub(super) enum Problem {
    /// The request, as it came.
    Stopped(Cancelled),
    /// The request, turned into something that does not show it any more.
    Hidden(String),
    /// Something that went wrong by itself.
    Real(&'static str),
}

impl From<Cancelled> for Problem {
    fn from(cancelled: Cancelled) -> Self {
        Self::Stopped(cancelled)
    }
}
