//! Deadlines: requests that time makes.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use super::or_cancelled::Region;
use super::{CancelReason, Cancelled, caller};
use crate::time::Countdown;
use crate::tree::{Kind, Node, Owned, Seed};
use crate::{CancelSafe, Origin, Timer, ambient, context};

/// When a scope is asked to end.
///
/// A [`Duration`] counts from the first poll of what it is given to, and saturates: one that reaches beyond the clock's range
/// means never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// So long after the first poll.
    After(Duration),
    /// At this instant of the runtime's clock. One in the past has passed at the first poll.
    At(Instant),
    /// Not by time.
    Never,
}

impl From<Duration> for Deadline {
    fn from(after: Duration) -> Self {
        Self::After(after)
    }
}

impl From<Instant> for Deadline {
    fn from(at: Instant) -> Self {
        Self::At(at)
    }
}

impl From<Option<Instant>> for Deadline {
    fn from(at: Option<Instant>) -> Self {
        at.map_or(Self::Never, Self::At)
    }
}

impl Deadline {
    /// Its instant, if it begins to count now. None where the clock does not reach that far.
    pub(crate) fn begin(self, now: impl FnOnce() -> Instant) -> Option<Instant> {
        match self {
            Self::After(duration) => now().checked_add(duration),
            Self::At(at) => Some(at),
            Self::Never => None,
        }
    }
}

/// The instant of a deadline that begins now on the ambient clock.
pub(crate) fn resolve(deadline: Deadline) -> Option<Instant> {
    deadline.begin(ambient::now)
}

/// The timer of a node, run by whoever polls that node's future.
#[derive(Default)]
pub(crate) struct Alarm {
    set: Option<(Instant, Countdown)>,
}

impl Alarm {
    /// Requests the end of `node` when its deadline passes; `true` at that poll.
    pub(crate) fn poll(&mut self, node: &Arc<Node>, cx: &mut Context<'_>) -> bool {
        node.timer.register(cx.waker());
        let Some(at) = node.own_deadline() else {
            self.set = None;
            return false;
        };
        let rings = match &mut self.set {
            Some((set, countdown)) if *set == at => countdown.rings(cx),
            _ => self.start(at, cx),
        };
        if rings {
            node.request(CancelReason::Deadline);
        }
        rings
    }

    /// Sets the timer. A deadline that has passed rings at once: code that only yields must notice it, too.
    fn start(&mut self, at: Instant, cx: &mut Context<'_>) -> bool {
        let runtime = ambient::expect();
        let passed = runtime.now() >= at;
        let (_, countdown) = self.set.insert((at, Countdown::until(&runtime, at)));
        passed || countdown.rings(cx)
    }
}

/// The earliest deadline that applies here, up to the nearest shield. In the past once the scope has been asked to end.
pub fn current_deadline() -> Option<Instant> {
    let scope = context::scope()?;
    if scope.is_requested() {
        return Some(
            scope
                .effective_deadline()
                .unwrap_or_else(ambient::now)
                .min(ambient::now()),
        );
    }
    scope.effective_deadline()
}

/// Asks `future` to end when `deadline` passes, and waits for it: **only a request**.
///
/// The value is the value of `future`, also when it is late. Nested deadlines apply together; the earliest counts.
///
/// # Panics
///
/// At the first poll, if there is no runtime whose clock could be used; the text names the fix.
///
/// # Cancel safety
///
/// As `future`.
#[track_caller]
pub fn with_deadline<F: Future>(deadline: impl Into<Deadline>, future: F) -> WithDeadline<F> {
    WithDeadline {
        inner: future,
        deadline: deadline.into(),
        location: Location::caller(),
        node: None,
        alarm: Alarm::default(),
    }
}

pin_project! {
    /// The future of [`with_deadline`].
    #[must_use = "futures do nothing unless polled"]
    pub struct WithDeadline<F> {
        #[pin]
        inner: F,
        deadline: Deadline,
        location: &'static Location<'static>,
        node: Option<Owned>,
        alarm: Alarm,
    }
}

impl<F: Future> Future for WithDeadline<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let node = this
            .node
            .get_or_insert_with(|| deadline_node(this.location, *this.deadline));
        let polled = poll_inside(node, this.inner.as_mut(), cx);
        if polled.is_pending() {
            this.alarm.poll(node, cx);
        }
        polled
    }
}

impl<F> fmt::Debug for WithDeadline<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithDeadline")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

pub(super) fn poll_inside<F: Future>(
    node: &Arc<Node>,
    future: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    context::enter(node, || future.poll(cx))
}

fn deadline_node(location: &'static Location<'static>, deadline: Deadline) -> Owned {
    let (parent, owner) = context::place();
    Owned::new(Seed {
        parent,
        owner,
        deadline: resolve(deadline),
        ..Seed::new(Kind::Deadline, location)
    })
}

/// Waits for `future` until `deadline`, then **drops** it: [`with_deadline`] and a marked region in one.
///
/// Because the word alone does not say that work may be dropped, `future` must be [`CancelSafe`]: wrap it in
/// [`assert_cancel_safe`](crate::assert_cancel_safe), or mark the await inside with
/// [`or_cancelled`](crate::FutureExt::or_cancelled). A shield inside is finished first.
///
/// Only its own deadline ends it. Another request is seen by the code inside, but does not end the `timeout`, and is never
/// reported as one. Of nested timeouts that pass together, the outermost reports.
///
/// # Errors
///
/// [`TimedOut`] if the deadline passed before there was a value. A value that is ready at the deadline wins.
///
/// # Panics
///
/// At the first poll, if there is no runtime whose clock could be used; the text names the fix.
///
/// # Cancel safety
///
/// As `future`, which says that it is safe.
#[track_caller]
pub fn timeout<F: Future + CancelSafe>(deadline: impl Into<Deadline>, future: F) -> Timeout<F> {
    Timeout {
        inner: Some(future),
        deadline: deadline.into(),
        location: Location::caller(),
        node: None,
        alarm: Alarm::default(),
        region: Region::default(),
        passed: false,
    }
}

pin_project! {
    /// The future of [`timeout`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Timeout<F> {
        #[pin]
        inner: Option<F>,
        deadline: Deadline,
        location: &'static Location<'static>,
        node: Option<Owned>,
        alarm: Alarm,
        region: Region,
        passed: bool,
    }
}

impl<F> CancelSafe for Timeout<F> {}

impl<F> fmt::Debug for Timeout<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, TimedOut>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let node = this
            .node
            .get_or_insert_with(|| deadline_node(this.location, *this.deadline));
        let Some(inner) = this.inner.as_mut().as_pin_mut() else {
            panic!("`timeout` was polled after it had returned; await it once");
        };
        let at = node.own_deadline();
        let (polled, outer) = context::enter(node, || {
            let around = Around::enter(at);
            (this.region.run(|| inner.poll(cx)), around.outer())
        });
        if let Poll::Ready(value) = polled {
            this.inner.set(None);
            return Poll::Ready(Ok(value));
        }
        *this.passed |= this.alarm.poll(node, cx) || at.is_some_and(|at| ambient::now() >= at);
        // A timeout around this one that has passed as well reports in our place: it looks at its clock right after this.
        let outermost = match (outer, at) {
            (Some(outer), Some(at)) => outer > at,
            _ => true,
        };
        if !*this.passed || this.region.is_shielded() || !outermost {
            return Poll::Pending;
        }
        this.inner.set(None);
        Poll::Ready(Err(TimedOut {
            origin: caller(node.location),
        }))
    }
}

/// Tells timeouts inside when this one passes.
struct Around {
    outer: Option<Instant>,
}

impl Around {
    fn enter(at: Option<Instant>) -> Self {
        let outer = context::with(|context| {
            let context = context?;
            let outer = context.timeout_at;
            context.timeout_at = match (outer, at) {
                (Some(outer), Some(at)) => Some(outer.min(at)),
                (outer, at) => outer.or(at),
            };
            outer
        });
        Self { outer }
    }

    fn outer(&self) -> Option<Instant> {
        self.outer
    }
}

impl Drop for Around {
    fn drop(&mut self) {
        context::with(|context| {
            if let Some(context) = context {
                context.timeout_at = self.outer;
            }
        });
    }
}

/// A [`timeout`] passed before there was a value.
///
/// Neither a failure nor a cancellation, and nothing converts it into either. Its [`source`](std::error::Error::source) is the
/// request that the deadline made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedOut {
    origin: Origin,
}

impl TimedOut {
    /// Where the [`timeout`] was written, under the name of the task that it was in, if that has one: the child's, or for a
    /// body the nursery's.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the deadline of the timeout at {} passed", self.origin)
    }
}

impl std::error::Error for TimedOut {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        static PASSED: Cancelled = Cancelled::new(CancelReason::Deadline);
        Some(&PASSED)
    }
}
