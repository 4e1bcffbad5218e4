//! The core's marks and the adapter of flows that needs a clock, which find it outside of steadfast tasks, too.

use std::future::Future;
use std::time::Duration;

use steadfast_core::flow::Throttle;
use steadfast_core::{Flow, FutureExt as Core, MustComplete, OrCancelled, Shielded};

use crate::finder::install;

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
        Core::or_cancelled(self)
    }

    /// Shields this future from every request and abort of ours that comes from outside.
    ///
    /// Inside an [`or_cancelled`](Self::or_cancelled) region, it is finished before the region is dropped. Code inside sees no
    /// request from outside, and children of nurseries that are opened inside are protected with it. The shield begins with
    /// the first poll. A request made inside, or by the shield's own [deadline](Shielded::deadline), works as ever. The shield
    /// never replaces a result: what the future returns is returned.
    ///
    /// It cannot protect from foreign code that drops the whole task; [`must_complete`](Self::must_complete) can.
    #[track_caller]
    fn shielded(self) -> Shielded<Self> {
        install();
        Core::shielded(self)
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
        Core::must_complete(self)
    }
}

impl<F: Future> FutureExt for F {}

/// The adapters of flows that need a clock. Implemented for every [`Flow`].
pub trait FlowExt: Flow + Sized {
    /// At least `pause` between two items. The source moves on during the pause.
    ///
    /// # Panics
    ///
    /// When polled where there is no runtime whose clock could be used; the text names the fix.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[steadfast::main(tokio)]
    /// # async fn main() {
    /// use std::time::{Duration, Instant};
    /// use steadfast::{Flow, FlowExt, flow};
    ///
    /// let start = Instant::now();
    /// let items: Vec<u32> = flow::iter(0..3).throttle(Duration::from_millis(5)).collect().await;
    /// assert!(items == [0, 1, 2] && start.elapsed() >= Duration::from_millis(10));
    /// # }
    /// ```
    fn throttle(self, pause: Duration) -> Throttle<Self> {
        install();
        steadfast_core::flow::throttle(self, pause)
    }
}

impl<F: Flow> FlowExt for F {}
