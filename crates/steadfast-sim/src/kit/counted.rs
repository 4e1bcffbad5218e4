//! How often any future is polled, woken and dropped.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use pin_project_lite::pin_project;

use super::{OnDrop, Tally};

/// What has happened to one future. Clones share the counts.
///
/// ```
/// use steadfast_sim::kit::{Counts, Gate};
///
/// let (counts, go) = (Counts::new(), Gate::new());
/// let mut future = Box::pin(counts.of(go.wait()));
/// let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// assert!(future.as_mut().poll(&mut context).is_pending());
/// go.open();
/// drop(future);
/// let seen = [counts.polls(), counts.wakes(), counts.ends(), counts.drops()].map(|tally| tally.count());
/// assert_eq!(seen, [1, 1, 0, 1]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Counts {
    polls: Tally,
    wakes: Tally,
    ends: Tally,
    drops: Tally,
}

impl Counts {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `future`, counted. Several futures add up.
    pub fn of<F: Future>(&self, future: F) -> Counted<F> {
        let drops = self.drops.clone();
        Counted {
            future,
            counts: self.clone(),
            dropped: Box::new(OnDrop::new(move || _ = drops.add())),
        }
    }

    /// How often it was polled, counted when the poll begins.
    #[must_use]
    pub const fn polls(&self) -> &Tally {
        &self.polls
    }

    /// How often one of its wakers was woken.
    #[must_use]
    pub const fn wakes(&self) -> &Tally {
        &self.wakes
    }

    /// How often it was ready.
    #[must_use]
    pub const fn ends(&self) -> &Tally {
        &self.ends
    }

    /// How often it was dropped, with everything that it held.
    #[must_use]
    pub const fn drops(&self) -> &Tally {
        &self.drops
    }
}

pin_project! {
    /// The future of [`Counts::of`].
    ///
    /// # Cancel safety
    ///
    /// As the future inside.
    #[must_use = "futures do nothing unless polled"]
    pub struct Counted<F> {
        #[pin]
        future: F,
        counts: Counts,
        // Dropped after the future.
        dropped: Box<dyn Send>,
    }
}

impl<F: Future> Future for Counted<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.counts.polls.add();
        let waker = Waker::from(Arc::new(Counting {
            wakes: this.counts.wakes.clone(),
            theirs: cx.waker().clone(),
        }));
        let polled = this.future.poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            this.counts.ends.add();
        }
        polled
    }
}

struct Counting {
    wakes: Tally,
    theirs: Waker,
}

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.wakes.add();
        self.theirs.wake_by_ref();
    }
}

impl<F> fmt::Debug for Counted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted")
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
