//! Cancellation as a request.
//!
//! To cancel is to **ask**. A request is a flag on a scope; it reaches every scope below, wakes those that wait for it, and
//! changes nothing else: a future is polled to its end unless its own code says otherwise. Code says otherwise in four ways:
//!
//! | in the code | effect of a request |
//! |---|---|
//! | [`is_cancelled()`](is_cancelled) | tells |
//! | [`checkpoint()?`](checkpoint) | leaves through `?` |
//! | [`cancelled().await`](cancelled) | wakes |
//! | [`fut.or_cancelled().await?`](crate::FutureExt::or_cancelled) | drops `fut`, and leaves through `?` |
//!
//! The last is the only place where steadfast drops a future before its end. It looks at the future first and at the flag
//! second, so that a value which is there is never thrown away, and a region that has not begun gets its first poll.
//! [`fut.shielded()`](crate::FutureExt::shielded) keeps a part of such a region whole.
//!
//! A request is *level-triggered*: it stays. Whoever looks later sees it too.
//!
//! Outside of a steadfast task there is no scope: nothing is ever cancelled, and `or_cancelled` waits for its future.

#[cfg(feature = "std")]
mod deadline;
#[cfg(feature = "std")]
mod ext;
#[cfg(feature = "std")]
mod or_cancelled;
#[cfg(feature = "alloc")]
mod reason;
#[cfg(feature = "std")]
mod scope;
#[cfg(feature = "std")]
mod shield;

#[cfg(feature = "std")]
pub(crate) use self::deadline::Alarm;
#[cfg(feature = "std")]
pub use self::deadline::{
    Deadline, TimedOut, Timeout, WithDeadline, current_deadline, timeout, with_deadline,
};
#[cfg(feature = "std")]
pub use self::ext::FutureExt;
#[cfg(feature = "std")]
pub use self::or_cancelled::OrCancelled;
#[cfg(feature = "std")]
pub(crate) use self::or_cancelled::Region;
#[cfg(feature = "alloc")]
pub use self::reason::{CancelReason, Cancelled, Request};
#[cfg(feature = "std")]
pub(crate) use self::scope::caller;
#[cfg(feature = "std")]
pub use self::scope::{CancelHandle, CancelScope};
#[cfg(feature = "std")]
pub use self::shield::Shielded;

#[cfg(feature = "std")]
pub use self::ambient::{WaitCancelled, cancel_reason, cancelled, checkpoint, is_cancelled};

#[cfg(feature = "std")]
mod ambient {
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll};

    use super::{CancelReason, Cancelled};
    use crate::tree::Node;
    use crate::{CancelSafe, context, witness};

    /// Whether the scope of the current task has been asked to end.
    ///
    /// Costs a load. `false` outside of a steadfast task.
    #[inline]
    pub fn is_cancelled() -> bool {
        witness::reach_cancel_point();
        context::is_requested()
    }

    /// Why the scope of the current task has been asked to end, if it has.
    pub fn cancel_reason() -> Option<CancelReason> {
        context::with(|context| context.and_then(|context| context.scope.reason().cloned()))
    }

    /// Leaves, by `?`, if the scope of the current task has been asked to end. Does not wait and does not yield.
    ///
    /// A loop that computes for long calls this, and [`yield_now`](crate::yield_now) so that others get their turn.
    ///
    /// # Errors
    ///
    /// [`Cancelled`] with the reason, if there is a request. The task then counts as having given way.
    pub fn checkpoint() -> Result<(), Cancelled> {
        witness::reach_cancel_point();
        context::with(|context| match context {
            Some(context) if context.scope.is_requested() => Err(give_way(context)),
            _ => Ok(()),
        })
    }

    /// Marks the current task as having given way to a request of its scope.
    fn give_way(context: &mut crate::context::Context<'_>) -> Cancelled {
        let scope = context.scope.node();
        context.give_way(scope);
        scope.mark_seen();
        let reason = scope.reason().cloned();
        Cancelled::new(reason.unwrap_or(CancelReason::Shutdown))
    }

    /// Waits until the scope of the current task is asked to end, and tells why. For ever, outside of a steadfast task.
    ///
    /// Not a region: it drops nothing, and the task does not count as having given way.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time; nothing is lost.
    pub fn cancelled() -> WaitCancelled {
        WaitCancelled {
            scope: None,
            key: None,
        }
    }

    /// The future of [`cancelled`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitCancelled {
        scope: Option<Watched>,
        key: Option<usize>,
    }

    struct Watched(Arc<Node>);

    impl std::fmt::Debug for Watched {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.origin().fmt(f)
        }
    }

    impl CancelSafe for WaitCancelled {}

    impl Future for WaitCancelled {
        type Output = CancelReason;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CancelReason> {
            witness::reach_cancel_point();
            if self.scope.is_none() {
                self.scope = context::scope().map(Watched);
            }
            let this = &mut *self;
            let Some(Watched(scope)) = &this.scope else {
                return Poll::Pending;
            };
            if !scope.wait(&mut this.key, cx.waker()) {
                return Poll::Pending;
            }
            Poll::Ready(scope.reason().cloned().unwrap_or(CancelReason::Shutdown))
        }
    }

    impl Drop for WaitCancelled {
        fn drop(&mut self) {
            if let Some(Watched(scope)) = &self.scope {
                scope.forget(&mut self.key);
            }
        }
    }
}
