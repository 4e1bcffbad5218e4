//! One run of a case: its main future, polled so often and no more.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, pending, poll_fn};
use std::panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use steadfast_core::{Builder, CancelScope, Entry, Runtime, shutdown, yield_now};

use super::rungs::Rung;
use super::settle::{Before, PATIENCE};
use crate::Fixture;
use crate::probe::{OnDrop, polls, release};

/// A way to break a case off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[doc(hidden)]
pub enum Break {
    /// The main future is dropped.
    Drop,
    /// The main future is asked to end, and awaited.
    Request,
}

/// What is done to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Nothing: to see that the case passes under a root, and how many polls it takes.
    Undisturbed,
    /// It is broken off after so many polls.
    Broken(Break, u64),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undisturbed => f.write_str("undisturbed, but under a root"),
            Self::Broken(Break::Drop, k) => write!(f, "dropped after {k} polls"),
            Self::Broken(Break::Request, k) => write!(f, "asked to end after {k} polls"),
        }
    }
}

/// [`Subject::idle`](crate::Subject::idle).
pub(crate) type Idle<R> = fn(&R) -> Option<Pin<Box<dyn Future<Output = ()>>>>;

/// Counts the polls of the main futures of a case, one after the other, and breaks the case off.
pub(crate) struct Meter<R: Runtime> {
    kind: Kind,
    rung: Rung,
    idle: Idle<R>,
    before: Before,
    polls: Cell<u64>,
    broken_off: Cell<bool>,
    body_is_over: Cell<bool>,
    found: RefCell<Vec<String>>,
}

/// What the call that was broken off unwinds with.
struct BrokenOff;

impl<R: Runtime> Meter<R> {
    pub(crate) fn new(kind: Kind, rung: Rung, idle: Idle<R>, before: Before) -> Self {
        release::begin();
        Self {
            kind,
            rung,
            idle,
            before,
            polls: Cell::new(0),
            broken_off: Cell::new(false),
            body_is_over: Cell::new(false),
            found: RefCell::default(),
        }
    }

    pub(crate) fn polls(&self) -> u64 {
        self.polls.get()
    }

    /// Whether that came to pass: a case may take fewer polls this time.
    pub(crate) fn has_broken_off(&self) -> bool {
        self.broken_off.get()
    }

    /// What was not as it must be when the root returned.
    pub(crate) fn found(&self) -> Result<(), String> {
        let found = self.found.take();
        if found.is_empty() {
            return Ok(());
        }
        Err(found.join("; "))
    }

    /// Runs `future` under a root, as far as it is to get.
    pub(crate) fn block_on<F: Future>(&self, fixture: &Fixture<R>, future: F) -> F::Output {
        let mut root = Builder::on(&fixture.runtime());
        // What is not shut down has all the time it needs, and virtual time costs nothing.
        if !matches!(self.kind, Kind::Undisturbed)
            && (self.rung >= Rung::Shutdown || (self.idle)(&fixture.runtime()).is_some())
        {
            root = root.grace(GRACE).cleanup_budget(GRACE);
        }
        let body = async {
            // A body that panics is over, too.
            let _over = OnDrop::new(|| self.body_is_over.set(true));
            let output = match self.kind {
                Kind::Undisturbed => Some(self.counted(future).await),
                Kind::Broken(Break::Drop, k) => self.dropped_after(k, future).await,
                Kind::Broken(Break::Request, k) => self.asked_after(k, future, fixture).await,
            };
            if self.has_broken_off() {
                self.end_plain_tasks(fixture).await;
            }
            output
        };
        self.body_is_over.set(false);
        let output = catch_unwind(AssertUnwindSafe(|| {
            root.block_on(&Seen(self, fixture), body)
        }));
        if self.has_broken_off() {
            let left = self.before.left_when_the_root_returned(self.rung);
            self.found.borrow_mut().extend(left);
        }
        // No panic hook is to see it.
        match output {
            Ok(output) => output.unwrap_or_else(|| resume_unwind(Box::new(BrokenOff))),
            Err(payload) => resume_unwind(payload),
        }
    }

    async fn counted<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            self.polls.set(self.polls.get() + 1);
            future.as_mut().poll(cx)
        })
        .await
    }

    async fn dropped_after<F: Future>(&self, k: u64, future: F) -> Option<F::Output> {
        let left = self.polls_until(k);
        let output = polls::drop_after(self.counted(future), left).await;
        if output.is_none() {
            self.broken_off.set(true);
        }
        output
    }

    async fn asked_after<F: Future>(
        &self,
        k: u64,
        future: F,
        fixture: &Fixture<R>,
    ) -> Option<F::Output> {
        let scope = CancelScope::new();
        let handle = scope.handle();
        let ask = || {
            self.broken_off.set(true);
            handle.cancel("broken off");
        };
        let left = self.polls_until(k);
        let mut case = pin!(scope.run(polls::call_after(self.counted(future), left, ask)));
        let mut end = pin!(self.end_everybody(fixture));
        poll_fn(|cx| {
            if let Poll::Ready(output) = case.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            if !self.has_broken_off() {
                return Poll::Pending;
            }
            // If that comes to its end, the case never does: it is dropped.
            end.as_mut().poll(cx).map(|()| None)
        })
        .await
    }

    /// How many polls there are until the case is broken off. One that is broken off stays so, whatever it begins next.
    fn polls_until(&self, k: u64) -> usize {
        usize::try_from(k.saturating_sub(self.polls.get())).unwrap_or(usize::MAX)
    }

    /// Waits for the plain tasks of the case, whose clean-ups are the root's as long as it is there, while all that is in a nursery
    /// stays where it is.
    async fn end_plain_tasks(&self, fixture: &Fixture<R>) {
        let runtime = fixture.runtime();
        self.rest(&runtime).await;
        release::release_plain();
        if self.rung >= Rung::Tasks {
            release::release();
        }
        // The root is shut down first, or the runtime.
        if self.rung >= Rung::Shutdown {
            return;
        }
        let deadline = Instant::now() + PATIENCE;
        let virtual_deadline = runtime.now() + A_WHILE;
        while self.before.has_plain_tasks() {
            let is_late = match (self.idle)(&runtime) {
                Some(idle) => {
                    idle.await;
                    runtime.sleep_until(runtime.now() + GRACE).await;
                    runtime.now() > virtual_deadline
                }
                None => {
                    yield_now().await;
                    Instant::now() > deadline
                }
            };
            if is_late {
                let text = "a plain task did not end, and the case is not listed as such";
                self.found.borrow_mut().push(text.to_owned());
                return;
            }
        }
    }

    /// Opens all gates and, if the case is one of those that then still do not end, shuts the root down.
    async fn end_everybody(&self, fixture: &Fixture<R>) {
        let runtime = fixture.runtime();
        self.rest(&runtime).await;
        release::release();
        let Some(idle) = (self.idle)(&runtime) else {
            if self.rung >= Rung::Shutdown {
                shutdown();
            }
            return pending().await;
        };
        idle.await;
        let a_while = || runtime.sleep_until(runtime.now() + A_WHILE);
        a_while().await;
        // Threads of the case may be half-way into a spawn, and virtual time does not wait for them.
        let deadline = Instant::now() + PATIENCE;
        while self.rung < Rung::Shutdown && is_anybody_left() && Instant::now() < deadline {
            thread::yield_now();
            a_while().await;
        }
        if is_anybody_left() {
            super::settle::had_to_shut_down();
            shutdown();
            a_while().await;
        }
    }

    /// Waits until nothing moves, where that can be told.
    async fn rest(&self, runtime: &R) {
        if let Some(idle) = (self.idle)(runtime) {
            idle.await;
        }
    }
}

/// Whether the live tree has more than the root.
fn is_anybody_left() -> bool {
    steadfast_core::tree().to_string().lines().count() > 1
}

/// Between the shutdown of a root and the abort of what does not obey.
const GRACE: Duration = Duration::from_millis(1);

/// Longer than what ends by itself takes, in virtual time.
const A_WHILE: Duration = Duration::from_secs(2);

/// Enters the runtime with a root, and opens the gates only when that waits for somebody after its body: for whom it does not wait
/// then, it never will.
struct Seen<'a, R: Runtime>(&'a Meter<R>, &'a Fixture<R>);

impl<R: Runtime> Entry for Seen<'_, R> {
    fn block_on<F: Future>(&self, root: F) -> F::Output {
        let Self(meter, fixture) = self;
        fixture.enter(async {
            let mut root = pin!(root);
            let mut end = pin!(meter.end_everybody(fixture));
            let mut has_ended = false;
            poll_fn(|cx| {
                let polled = root.as_mut().poll(cx);
                let waits = polled.is_pending() && meter.body_is_over.get();
                if waits && meter.has_broken_off() && !has_ended {
                    has_ended = end.as_mut().poll(cx).is_ready();
                }
                polled
            })
            .await
        })
    }
}

/// From here on, panics and reports of this process print nothing: those of cases that are broken off say nothing.
pub(super) fn be_quiet() {
    panic::set_hook(Box::new(|_| ()));
    // What the hook of a case holds is to go, too.
    steadfast_core::set_report_hook(|_| ());
}
