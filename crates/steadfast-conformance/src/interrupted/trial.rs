//! One run of a case: its main future, polled so often and no more.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{self, resume_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use steadfast_core::{Builder, CancelScope, Entry, Runtime, shutdown, sleep};

use super::rungs::Rung;
use crate::Fixture;
use crate::probe::release;

/// A way to break a case off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Break {
    /// The main future is dropped.
    Drop,
    /// The main future is asked to end, and awaited.
    Request,
}

/// What is done to a run.
#[derive(Clone, Copy, Debug)]
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
    polls: Cell<u64>,
    broken_off: Cell<bool>,
}

/// What the call that was broken off unwinds with.
struct BrokenOff;

impl<R: Runtime> Meter<R> {
    pub(crate) fn new(kind: Kind, rung: Rung, idle: Idle<R>) -> Self {
        release::begin();
        Self {
            kind,
            rung,
            idle,
            polls: Cell::new(0),
            broken_off: Cell::new(false),
        }
    }

    pub(crate) fn polls(&self) -> u64 {
        self.polls.get()
    }

    /// Whether that came to pass: a case may take fewer polls this time.
    pub(crate) fn has_broken_off(&self) -> bool {
        self.broken_off.get()
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
        let output = root.block_on(&Enter(fixture), async {
            match self.kind {
                Kind::Undisturbed => Some(self.counted(future).await),
                Kind::Broken(Break::Drop, k) => self.dropped_after(k, future, fixture).await,
                Kind::Broken(Break::Request, k) => self.asked_after(k, future, fixture).await,
            }
        });
        // No panic hook is to see it.
        output.unwrap_or_else(|| resume_unwind(Box::new(BrokenOff)))
    }

    async fn counted<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            self.polls.set(self.polls.get() + 1);
            future.as_mut().poll(cx)
        })
        .await
    }

    async fn dropped_after<F: Future>(
        &self,
        k: u64,
        future: F,
        fixture: &Fixture<R>,
    ) -> Option<F::Output> {
        let ended = {
            let mut future = pin!(future);
            poll_fn(|cx| {
                if self.polls.get() == k {
                    return Poll::Ready(None);
                }
                self.polls.set(self.polls.get() + 1);
                match future.as_mut().poll(cx) {
                    Poll::Ready(output) => Poll::Ready(Some(output)),
                    // At once, and not when the future is next woken.
                    Poll::Pending if self.polls.get() == k => Poll::Ready(None),
                    Poll::Pending => Poll::Pending,
                }
            })
            .await
        };
        if ended.is_none() {
            self.wind_down(fixture).await;
        }
        ended
    }

    async fn asked_after<F: Future>(
        &self,
        k: u64,
        future: F,
        fixture: &Fixture<R>,
    ) -> Option<F::Output> {
        let scope = CancelScope::new();
        let handle = scope.handle();
        let mut future = pin!(scope.run(future));
        let mut pressed = None;
        poll_fn(|cx| {
            loop {
                if self.polls.get() == k && pressed.is_none() {
                    handle.cancel("broken off");
                    pressed = Some(Box::pin(self.wind_down(fixture)));
                }
                self.polls.set(self.polls.get() + 1);
                if let Poll::Ready(output) = future.as_mut().poll(cx) {
                    return Poll::Ready(Some(output));
                }
                match &mut pressed {
                    // If that comes to its end, the case never does: it is dropped.
                    Some(pressed) => return pressed.as_mut().poll(cx).map(|()| None),
                    // At once, and not when the future is next woken.
                    None if self.polls.get() == k => {}
                    None => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// Opens all gates and, if the case is one of those that then still do not end, shuts the root down.
    async fn wind_down(&self, fixture: &Fixture<R>) {
        self.broken_off.set(true);
        let runtime = fixture.runtime();
        if let Some(idle) = (self.idle)(&runtime) {
            idle.await;
        }
        release::release();
        let Some(idle) = (self.idle)(&runtime) else {
            if self.rung >= Rung::Shutdown {
                shutdown();
            }
            return;
        };
        idle.await;
        sleep(A_WHILE).await;
        if is_anybody_left() {
            super::settle::had_to_shut_down();
            shutdown();
            sleep(A_WHILE).await;
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

struct Enter<'a, R: Runtime>(&'a Fixture<R>);

impl<R: Runtime> Entry for Enter<'_, R> {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.enter(future)
    }
}

/// From here on, panics and reports of this process print nothing: those of cases that are broken off say nothing.
pub(super) fn be_quiet() {
    panic::set_hook(Box::new(|_| ()));
    // What the hook of a case holds is to go, too.
    steadfast_core::set_report_hook(|_| ());
}
