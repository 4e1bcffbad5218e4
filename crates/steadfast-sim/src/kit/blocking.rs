//! Finds polls that block their thread.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use steadfast_core::witness::who_ran;

use super::Faults;
use super::verdict::Verdict;

mod meter;

use self::meter::Meter;

/// Runs `future` to its end, and fails if one of its polls blocks the thread: sleeps, waits for a lock or a channel, reads a file
/// that is not there yet.
///
/// The text names the poll, counted from one, and the child that ran, by its name and the place where it was spawned.
///
/// One task is watched, not those that it spawns: run a nursery on [`Checked`](super::Checked) to watch its children, too. Work on
/// `spawn_blocking` may block.
///
/// # How it is decided
///
/// | system | a poll has blocked if | limits |
/// |---|---|---|
/// | Linux | the thread gave the processor up of its own accord during it: its `voluntary_ctxt_switches` have grown | exact, and so strict: a lock that happens to be contended and a page that must be read from disk count as well, since the thread slept. Where only one thread runs tasks, as on the simulator, the former cannot happen |
/// | others, and a Linux that does not count | it took longer than 100 ms of real time ([`BLOCKING_AFTER`]) | short waits are missed; a loop that computes for long counts, and on a machine under load so may any poll |
///
/// A thread that computes without end does not block in this sense, and is not found on Linux.
///
/// # Panics
///
/// After the poll that blocked. [`report_to`](NoBlocking::report_to) writes it down instead.
///
/// # Cancel safety
///
/// As `future`.
///
/// # Examples
///
/// ```should_panic
/// use std::time::Duration;
/// use steadfast_sim::kit::no_blocking;
///
/// let mut root = std::pin::pin!(no_blocking(async {
///     std::thread::sleep(Duration::from_millis(150)); // The wrong `sleep`.
/// }));
/// let _ = root.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
/// ```
pub fn no_blocking<F: Future>(future: F) -> NoBlocking<F> {
    NoBlocking {
        future,
        polls: 0,
        verdict: Verdict::Panic,
    }
}

/// What [`no_blocking`] takes for blocking where the system does not count.
pub const BLOCKING_AFTER: Duration = Duration::from_millis(100);

pin_project! {
    /// The future of [`no_blocking`].
    #[must_use = "futures do nothing unless polled"]
    pub struct NoBlocking<F> {
        #[pin]
        future: F,
        polls: usize,
        verdict: Verdict,
    }
}

impl<F> NoBlocking<F> {
    /// Writes polls that block down in `faults`, and lets the future go on.
    pub fn report_to(mut self, faults: &Faults) -> Self {
        self.verdict = Verdict::Report(faults.clone());
        self
    }

    /// The future inside.
    pub(super) fn into_inner(self) -> F {
        self.future
    }
}

impl<F: Future> Future for NoBlocking<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        *this.polls += 1;
        let meter = Meter::start();
        let (polled, child) = who_ran(|| this.future.poll(cx));
        if let Some(evidence) = meter.blocked() {
            let polls = *this.polls;
            let who = child.map_or_else(
                || String::from("the future under `no_blocking`"),
                |child| format!("the child {child}"),
            );
            this.verdict.fail(format!(
                "blocked: poll {polls} of {who} blocked its thread ({evidence}); await instead, or move the work to `spawn_blocking`"
            ));
        }
        polled
    }
}

impl<F> fmt::Debug for NoBlocking<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoBlocking")
            .field("polls", &self.polls)
            .finish_non_exhaustive()
    }
}
