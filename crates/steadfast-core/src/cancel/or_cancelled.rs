//! The one place where a future is dropped before its end.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{CancelReason, Cancelled};
use crate::faults::{Fault, is_planted};
use crate::tree::Node;
use crate::{CancelSafe, context, witness};

pin_project! {
    /// The future of [`or_cancelled`](crate::FutureExt::or_cancelled).
    #[must_use = "futures do nothing unless polled"]
    pub struct OrCancelled<F> {
        #[pin]
        inner: Option<F>,
        scope: Option<Arc<Node>>,
        key: Option<usize>,
        region: Region,
    }

    impl<F> PinnedDrop for OrCancelled<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            forget(this.scope, this.key);
        }
    }
}

impl<F> OrCancelled<F> {
    /// The future inside, if it has not ended. Only a region that is not pinned can be taken apart.
    pub(crate) fn into_inner(mut self) -> Option<F> {
        self.inner.take()
    }

    pub(super) fn new(inner: F) -> Self {
        Self {
            inner: Some(inner),
            scope: None,
            key: None,
            region: Region::default(),
        }
    }
}

fn forget(scope: &mut Option<Arc<Node>>, key: &mut Option<usize>) {
    if let Some(scope) = scope.take() {
        scope.forget(key);
    }
}

impl<F: Future> Future for OrCancelled<F> {
    type Output = Result<F::Output, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else {
            panic!("`or_cancelled` was polled after it had returned; await it once");
        };
        let hasty = is_planted(Fault::CancelBeatsValue) && crate::is_cancelled();
        // Value first: the flag is looked at only if the future had nothing to give.
        if hasty {
            // Planted: the future is not polled.
        } else if let Poll::Ready(value) = this.region.run(|| inner.poll(cx)) {
            this.inner.set(None);
            forget(this.scope, this.key);
            return Poll::Ready(Ok(value));
        }
        witness::reach_cancel_point();
        if this.scope.is_none() {
            *this.scope = context::scope();
        }
        let Some(scope) = &*this.scope else {
            return Poll::Pending;
        };
        if !scope.wait(this.key, cx.waker()) || this.region.is_shielded() {
            return Poll::Pending;
        }
        let scope = Arc::clone(scope);
        let reason = scope.reason().cloned().unwrap_or(CancelReason::Shutdown);
        scope.mark_seen();
        this.inner.set(None);
        forget(this.scope, this.key);
        context::with(|context| {
            if let Some(context) = context {
                context.give_way(&scope);
            }
        });
        Poll::Ready(Err(Cancelled::new(reason)))
    }
}

/// A marked region is cancel safe: it may be dropped, because its author said so.
impl<F> CancelSafe for OrCancelled<F> {}

impl<F> std::fmt::Debug for OrCancelled<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrCancelled").finish_non_exhaustive()
    }
}

/// A stretch of a task that may be dropped as a whole, and the shields that forbid it for the moment.
///
/// The task's context counts the shields of the innermost region. A region swaps its own count in while its future runs,
/// and adds the change to the outer count afterwards, since what must not be dropped inside it must not be dropped around it
/// either.
#[derive(Debug, Default)]
pub(crate) struct Region {
    shields: u32,
}

impl Region {
    pub(crate) fn run<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        let outer = swap_shields(self.shields);
        let _leave = Leave {
            region: self,
            outer,
        };
        poll()
    }

    /// The region's future goes elsewhere: its shields count here no longer.
    pub(crate) fn leave(&mut self) {
        let gone = std::mem::take(&mut self.shields);
        context::with(|context| {
            if let Some(context) = context {
                context.own.shields = context.own.shields.saturating_sub(gone);
            }
        });
    }

    pub(super) fn is_shielded(&self) -> bool {
        self.shields > 0 && !is_planted(Fault::ShieldLeaks)
    }
}

struct Leave<'a> {
    region: &'a mut Region,
    outer: u32,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let before = self.region.shields;
        context::with(|context| {
            if let Some(context) = context {
                self.region.shields = context.own.shields;
                context.own.shields = (self.outer + self.region.shields).saturating_sub(before);
            }
        });
    }
}

fn swap_shields(shields: u32) -> u32 {
    context::with(|context| {
        context.map_or(0, |context| {
            std::mem::replace(&mut context.own.shields, shields)
        })
    })
}
