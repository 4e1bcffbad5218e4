//! Guests: work that a nursery owns, and that somebody else polls.
//!
//! A child is handed to the nursery's runtime, which polls it or drops it, and how it ends is told by the nursery. A guest goes
//! the other way: whoever made it hands it to an executor of their choice, under that executor's own handle, and its value or
//! its panic goes there. Of a nursery it has everything else: it is counted, shown in the tree, asked to end, and cleaned up.

use std::fmt;
use std::future::Future;
use std::iter::successors;
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waking, Poll};

use pin_project_lite::pin_project;

use super::Nursery;
use super::adopt::{Enclosing, Hold, reap};
use super::roster::{ChildKind, ChildPhase, Newcomer, Ticket};
use crate::async_drop::poll_current;
use crate::context::{self, Context, Home, Own, Scope, Who};
use crate::faults::{Fault, is_planted};
use crate::origin::Name;
use crate::span::Span;
use crate::tree::Node;
use crate::unwind::{self, Payload};
use crate::{CancelReason, Cancelled, Origin, Runtime, witness};

/// Where a guest will belong: a nursery, and the scope in it whose requests and deadline it gets.
///
/// For adapters, whose users spawn with the functions of another library. Everybody else spawns children.
#[derive(Clone)]
#[must_use = "nobody is a guest before `task` or `work`"]
pub struct Invitation {
    home: Arc<dyn Enclosing>,
    scope: Arc<Node>,
    name: Option<Name>,
    location: &'static Location<'static>,
    stays: bool,
}

impl Invitation {
    /// To the nursery in which the caller runs, in the scope in which it stands: requests and deadlines that reach the caller
    /// here reach the guest. `None` outside of steadfast tasks.
    #[track_caller]
    pub fn here() -> Option<Self> {
        let (home, scope) = context::with(|context| {
            let context = context?;
            Some((context.home?.share(), Arc::clone(context.scope.node())))
        })?;
        Some(Self::new(home, scope, Location::caller()))
    }

    /// To `nursery`, wherever the caller runs.
    #[track_caller]
    pub fn of<E: Send + 'static, R: Runtime>(nursery: &Nursery<E, R>) -> Self {
        let home = Arc::clone(&nursery.inner);
        let scope = Arc::clone(&home.node);
        Self::new(home, scope, Location::caller())
    }

    fn new(
        home: Arc<dyn Enclosing>,
        scope: Arc<Node>,
        location: &'static Location<'static>,
    ) -> Self {
        Self {
            home,
            scope,
            name: None,
            location,
            stays: false,
        }
    }

    /// Names the guest in the tree and in reports.
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Lets the guest end by itself, whatever [grace](crate::Builder::grace) there is.
    pub fn never_aborted(mut self) -> Self {
        self.stays = true;
        self
    }

    /// Whether the guest can be aborted, since a nursery around has a [grace](crate::Builder::grace).
    pub fn may_be_aborted(&self) -> bool {
        self.scope.abortable && !self.stays
    }

    /// Makes `future` a guest: it counts from now on, whether it is polled or not, until it has finished or is dropped.
    ///
    /// Costs no allocation, amortised.
    ///
    /// # Errors
    ///
    /// The future itself, if this nursery and all around it are closed.
    pub fn task<F: Future>(self, future: F) -> Result<Guest<F>, F> {
        match self.enter(ChildKind::Guest) {
            Some(stay) => Ok(Guest {
                future: Some(future),
                stay: Some(stay),
                end: None,
            }),
            None => Err(future),
        }
    }

    /// Makes blocking `work` a guest, as [`task`](Self::task) does with a future.
    ///
    /// # Errors
    ///
    /// The work itself, if this nursery and all around it are closed.
    pub fn work<W: FnOnce() -> T, T>(self, work: W) -> Result<GuestWork<W>, W> {
        match self.enter(ChildKind::Blocking) {
            Some(stay) => Ok(GuestWork {
                work: Some(work),
                stay: Some(stay),
            }),
            None => Err(work),
        }
    }

    /// Counts a guest in, in this nursery or in the nearest open one around it.
    fn enter(self, kind: ChildKind) -> Option<Stay> {
        let home = successors(Some(self.home), |home| home.outer()).find(|home| home.hold())?;
        let ticket = home.enlist(&Newcomer {
            number: None,
            name: self.name.as_ref(),
            location: self.location,
            kind,
            phase: ChildPhase::Running,
        });
        let origin = Origin::new(self.name, self.location);
        Some(Stay {
            span: Span::child(|| origin.clone()),
            own: Own::new(),
            scope: self.scope,
            home,
            ticket,
            origin,
            stays: self.stays,
        })
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation")
            .field("nursery", &self.home.node().origin())
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that belongs to a nursery, and that whoever holds it polls.
    ///
    /// The nursery waits for it. Its context is the nursery's: nurseries that it opens belong there, requests and deadlines reach
    /// it, guards that it drops are cleaned up before it is ready. Its output is whoever polls it's alone.
    ///
    /// # Errors
    ///
    /// It resolves to [`Cancelled`] if the [grace](crate::Builder::grace) of a nursery around ran out: its future has been dropped
    /// and cleaned up.
    ///
    /// # Panics
    ///
    /// With the panic of its future, when it has been cleaned up and counted out. The nursery does not hear of it. And if it is
    /// polled after it was ready.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it drops its future, leaves the clean-ups that this owes to the nursery, and counts itself out.
    /// Leaked, it keeps the nursery waiting for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::task::{Context, Poll, Waker};
    /// use steadfast_core::Invitation;
    ///
    /// // Outside of every nursery nobody is invited.
    /// assert!(Invitation::here().is_none());
    /// ```
    #[must_use = "a guest that nobody polls keeps its nursery waiting until it is dropped"]
    pub struct Guest<F: Future> {
        #[pin]
        future: Option<F>,
        stay: Option<Stay>,
        // How it ended, until the clean-ups are done.
        end: Option<End<F::Output>>,
    }

    impl<F: Future> PinnedDrop for Guest<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(mut stay) = this.stay.take() else { return };
            let dropped = stay.inside(|| {
                this.future.set(None);
                *this.end = None;
            });
            stay.leave();
            if let Err(payload) = dropped {
                throw(payload);
            }
        }
    }
}

enum End<T> {
    Value(T),
    Panicked(Payload),
    Aborted(Cancelled),
}

impl<F: Future> Future for Guest<F> {
    type Output = Result<F::Output, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Waking<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(stay) = this.stay.as_mut() else {
            panic!("a guest was polled after it had returned; await it once");
        };
        if this.future.is_some() {
            let Some(end) = stay.run(this.future.as_mut(), cx) else {
                return Poll::Pending;
            };
            *this.end = Some(end);
            if is_planted(Fault::CountsTooEarly) {
                this.stay.take().into_iter().for_each(Stay::leave);
                return Poll::Pending;
            }
            // A panic of the destructor takes the place of the value. After one of the future, nothing is left to destroy.
            if let Err(payload) = stay.inside(|| this.future.set(None)) {
                let value = this.end.replace(End::Panicked(payload));
                if let Err(second) = stay.inside(|| drop(value)) {
                    unwind::forget_payload(second);
                }
            }
        }
        if !is_planted(Fault::ForgetsCleanUp) && stay.clean_up(cx).is_pending() {
            return Poll::Pending;
        }
        if let Some(stay) = this.stay.take() {
            stay.leave();
        }
        match this.end.take() {
            Some(End::Value(value)) => Poll::Ready(Ok(value)),
            Some(End::Aborted(cancelled)) => Poll::Ready(Err(cancelled)),
            Some(End::Panicked(payload)) => resume_unwind(payload),
            None => unreachable!("a future that is gone has left its end"),
        }
    }
}

impl<F: Future> fmt::Debug for Guest<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest")
            .field("origin", &self.stay.as_ref().map(|stay| &stay.origin))
            .finish_non_exhaustive()
    }
}

/// Blocking work that belongs to a nursery, and that whoever holds it runs, or drops.
#[must_use = "work that nobody runs keeps its nursery waiting until it is dropped"]
pub struct GuestWork<W> {
    work: Option<W>,
    stay: Option<Stay>,
}

impl<W> GuestWork<W> {
    /// Runs it on this thread, which may block. It can ask [`is_cancelled`](crate::is_cancelled). Clean-ups that it owes cannot be
    /// awaited here: the nursery runs them, and waits for them.
    ///
    /// # Panics
    ///
    /// With the panic of the work, when it has been counted out.
    pub fn run<T>(mut self) -> T
    where
        W: FnOnce() -> T,
    {
        let (Some(work), Some(mut stay)) = (self.work.take(), self.stay.take()) else {
            unreachable!("only `run`, which takes it by value, takes the work");
        };
        stay.own.may_block = true;
        let ran = stay.inside(work);
        stay.leave();
        ran.unwrap_or_else(|payload| resume_unwind(payload))
    }
}

impl<W> Drop for GuestWork<W> {
    fn drop(&mut self) {
        let Some(mut stay) = self.stay.take() else {
            return;
        };
        let work = self.work.take();
        let dropped = stay.inside(|| drop(work));
        stay.leave();
        if let Err(payload) = dropped {
            throw(payload);
        }
    }
}

impl<W> fmt::Debug for GuestWork<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuestWork")
            .field("origin", &self.stay.as_ref().map(|stay| &stay.origin))
            .finish_non_exhaustive()
    }
}

/// Polls the future that is there. If it panics, drops it while the panic unwinds: its destructor may ask for that, and with other
/// executors it does not come later.
fn poll_or_drop<F: Future>(future: Pin<&mut Option<F>>, cx: &mut Waking<'_>) -> Poll<F::Output> {
    let mut polled = Polled {
        future,
        returned: false,
    };
    let poll = match polled.future.as_mut().as_pin_mut() {
        Some(future) => future.poll(cx),
        None => Poll::Pending,
    };
    polled.returned = true;
    poll
}

struct Polled<'a, F> {
    future: Pin<&'a mut Option<F>>,
    returned: bool,
}

impl<F> Drop for Polled<'_, F> {
    fn drop(&mut self) {
        if !self.returned {
            self.future.set(None);
        }
    }
}

/// A panic of a destructor goes on, unless the thread panics already.
fn throw(payload: Payload) {
    if std::thread::panicking() {
        unwind::forget_payload(payload);
    } else {
        resume_unwind(payload);
    }
}

/// What a guest has of its nursery, apart from the work itself. It is counted until [`leave`](Self::leave).
struct Stay {
    own: Own,
    scope: Arc<Node>,
    home: Arc<dyn Enclosing>,
    ticket: Ticket,
    origin: Origin,
    span: Span,
    stays: bool,
}

impl Stay {
    /// Polls the future. How it ended, if it has; by a panic, it is gone.
    fn run<F: Future>(
        &mut self,
        future: Pin<&mut Option<F>>,
        cx: &mut Waking<'_>,
    ) -> Option<End<F::Output>> {
        self.own.begin_poll();
        witness::runs(|| self.origin.clone());
        match self.inside(|| poll_or_drop(future, cx)) {
            Ok(Poll::Ready(value)) => Some(End::Value(value)),
            Err(payload) => Some(End::Panicked(payload)),
            Ok(Poll::Pending) => {
                // While the future waits, the clean-ups that it owes go on.
                _ = self.poll_queue(cx);
                self.aborted(cx)
                    .map(|reason| End::Aborted(Cancelled::new(reason)))
            }
        }
    }

    /// Runs code of the guest in its context.
    fn inside<T>(&mut self, run: impl FnOnce() -> T) -> Result<T, Payload> {
        self.installed(|| unwind::catch(run))
    }

    fn installed<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let _span = self.span.enter();
        let (home, who) = (Some(&self.home as &dyn Home), Who::Seated(self.ticket));
        context::install(
            &mut Context::new(Scope::Node(&self.scope), home, who, &mut self.own),
            run,
        )
    }

    /// Why it must go now: grace is over, and no shield holds. The waker is left first, so that an abort which comes after the
    /// look finds it.
    fn aborted(&self, cx: &Waking<'_>) -> Option<CancelReason> {
        if !self.scope.abortable || self.stays {
            return None;
        }
        let hasty = is_planted(Fault::LooksForItsEndFirst) && !self.scope.is_aborted();
        self.home.set_waker(self.ticket, cx.waker());
        let now = !hasty && self.scope.is_aborted() && self.own.shields == 0;
        now.then(|| self.scope.reason().cloned())
            .map(|reason| reason.unwrap_or(CancelReason::Shutdown))
    }

    fn poll_queue(&mut self, cx: &mut Waking<'_>) -> Poll<()> {
        if self.own.queue.is_empty() {
            return Poll::Ready(());
        }
        self.installed(|| poll_current(cx))
    }

    fn clean_up(&mut self, cx: &mut Waking<'_>) -> Poll<()> {
        if !self.own.queue.is_empty() {
            self.home.set_phase(self.ticket, ChildPhase::CleaningUp);
        }
        self.poll_queue(cx)
    }

    /// Hands the clean-ups that are left to the nursery, which this guest holds open until then, and counts the guest out:
    /// that is the last thing that happens.
    fn leave(mut self) {
        for item in self.own.queue.take() {
            reap(Some(Arc::clone(&self.home)), item);
        }
        let Self {
            own,
            home,
            scope,
            ticket,
            span,
            ..
        } = self;
        drop((own, scope));
        if let Err(payload) = unwind::drop_caught(span) {
            unwind::forget_payload(payload);
        }
        home.strike(ticket);
        Hold::release_all(home.unhold());
    }
}
