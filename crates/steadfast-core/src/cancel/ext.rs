//! The marks that code puts on its futures.

use std::future::Future;

use super::{OrCancelled, Shielded};
use crate::MustComplete;

/// The marks by which code says what a request may do to its futures. Implemented for every future.
pub trait FutureExt: Future + Sized {
    /// Waits for this future, or gives way to a request.
    ///
    /// This is **the only place where steadfast drops a future before its end**, and the mark says that this one may be. It
    /// marks one await (`listener.accept().or_cancelled().await?`), a region (an async block), or a whole child
    /// ([`Nursery::spawn_until_cancelled`](crate::Nursery::spawn_until_cancelled)).
    ///
    /// The future is polled first, the request is looked at second: a value that is ready always wins, and even under a
    /// request the future gets one poll. The scope is that of the task which polls first.
    ///
    /// # Errors
    ///
    /// [`Cancelled`](crate::Cancelled), after the future has been dropped. The task then counts as having given way: an error
    /// that it ends with is not a failure of its nursery.
    ///
    /// # Cancel safety
    ///
    /// As the future inside.
    fn or_cancelled(self) -> OrCancelled<Self> {
        OrCancelled::new(self)
    }

    /// Shields this future from every request and abort of ours that comes from outside.
    ///
    /// Inside an [`or_cancelled`](Self::or_cancelled) region, it is finished before the region is dropped. Code inside sees no
    /// request from outside, and children of nurseries that are opened inside are protected with it. The shield begins with
    /// the first poll. A request made inside, or by the shield's own [deadline](Shielded::deadline), works as ever. The shield
    /// never replaces a result: what the future returns is returned.
    ///
    /// It cannot protect from foreign code that drops the whole task; [`must_complete`](Self::must_complete) can. And it counts
    /// in the task that polls it first: moved to another one after that, it protects nothing there, and keeps the first task
    /// from an abort after its nursery's grace.
    #[track_caller]
    fn shielded(self) -> Shielded<Self> {
        Shielded::new(self)
    }

    /// Sees to it that this future, once begun, is polled to its end.
    ///
    /// If it is dropped half-way, for instance as the loser of a foreign `select!`, it is handed to the current nursery and
    /// goes on there as a child, which the nursery waits for. Its output is dropped then. Where there is no nursery, the loss
    /// is reported. A future that has not been polled is simply dropped.
    ///
    /// Costs one box.
    #[track_caller]
    fn must_complete(self) -> MustComplete<Self>
    where
        Self: Send + 'static,
        Self::Output: Send,
    {
        MustComplete::new(self)
    }
}

impl<F: Future> FutureExt for F {}
