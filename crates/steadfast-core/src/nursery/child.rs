//! The task of a child: the user's future, and everything that must happen around it.

use std::future::Future;
use std::mem::needs_drop;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waking, Poll};

use async_lock::futures::AcquireArc;
use pin_project_lite::pin_project;

use super::adopt::{Enclosing, reap};
use super::outcome::{Failure, FailureKind};
use super::roster::{ChildPhase, Ticket};
use super::sink::{How, Scoped, Sink, Verdict};
use super::{Host, Inner, Post};
use crate::async_drop::{Item, hand_over, poll_current};
use crate::context::{Context, GaveWay, Own, Scope, Who, inside};
use crate::faults::{Fault, is_planted};
use crate::panic::Panic;
use crate::span::Span;
use crate::unwind::{self, Payload};
use crate::{CancelReason, Origin, Runtime, witness};

pin_project! {
    /// What the runtime polls.
    ///
    /// Life cycle: admitted (under a limit) → the future runs → the future is gone → the clean-ups run → finished. It never
    /// panics, neither polled nor dropped; dropped early, it ends as lost.
    pub(crate) struct ChildTask<F, S, E, R>
    where
        F: Future,
        S: Sink<F::Output, E>,
        E: Send,
        E: 'static,
        R: Runtime,
    {
        #[pin]
        future: Option<F>,
        duty: Option<Duty<S, E, R>>,
    }

    impl<F, S, E, R> PinnedDrop for ChildTask<F, S, E, R>
    where
        F: Future,
        S: Sink<F::Output, E>,
        E: Send,
        E: 'static,
        R: Runtime,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(mut duty) = this.duty.take() else { return };
            if this.future.is_some() {
                duty.end(duty.nursery.dropped_early(|| duty.reason()));
                duty.destroy::<F::Output>(|| this.future.set(None));
            }
            duty.abandon_queue();
            duty.finish::<F::Output>();
        }
    }
}

/// What a child owes its nursery, apart from the future itself.
pub(crate) struct Duty<S, E, R> {
    pub(super) own: Own,
    pub(super) nursery: Arc<Inner<E, R>>,
    pub(super) ticket: Ticket,
    pub(super) post: Post,
    /// Work that was taken over is finished whatever grace there is: that is what it was taken over for.
    pub(super) is_adopted: bool,
    /// It has a place under the nursery's limit, to be given back.
    pub(super) has_permit: bool,
    pub(super) span: Span,
    pub(super) sink: S,
    pub(super) fate: Fate,
    /// What few children have.
    pub(super) aside: Option<Pin<Box<Aside>>>,
}

/// How a child has ended: [`How`] in one byte, with the rest of it in [`Aside`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It has not.
    Open,
    Done,
    Failed,
    Lost,
    Refused,
    /// It is told aside, if anybody is told.
    Told,
}

pin_project! {
    /// A child that waits for a place under its nursery's limit has not begun, and so has no end.
    #[project = AsideProjection]
    pub(crate) enum Aside {
        Waiting { #[pin] place: AcquireArc },
        Ended { how: How },
    }
}

/// The task of a child, by its parts.
pub(crate) trait Task: Future<Output = ()> {
    type Work: Future;
    type Sink: Sink<<Self::Work as Future>::Output, Self::Error>;
    type Error: Send + 'static;
    type Runtime: Runtime;
}

impl<F, S, E, R> Task for ChildTask<F, S, E, R>
where
    F: Future,
    S: Sink<F::Output, E>,
    E: Send + 'static,
    R: Runtime,
{
    type Work = F;
    type Sink = S;
    type Error = E;
    type Runtime = R;
}

impl<F, S, E, R> ChildTask<F, S, E, R>
where
    F: Future,
    S: Sink<F::Output, E>,
    E: Send + 'static,
    R: Runtime,
{
    pub(super) fn new(future: F, duty: Duty<S, E, R>) -> Self {
        Self {
            future: Some(future),
            duty: Some(duty),
        }
    }

    /// A task whose work is done and whose clean-ups are not.
    pub(super) fn cleaning(duty: Duty<S, E, R>) -> Self {
        Self {
            future: None,
            duty: Some(duty),
        }
    }

    /// Undoes the spawn of a task that the runtime has refused, and gives the future back.
    pub(super) fn recall(mut self) -> Option<F> {
        let future = self.future.take();
        if let Some(mut duty) = self.duty.take() {
            duty.set_end(How::Refused);
            duty.finish::<F::Output>();
        }
        future
    }
}

impl<F, S, E, R> Future for ChildTask<F, S, E, R>
where
    F: Future,
    S: Sink<F::Output, E>,
    E: Send + 'static,
    R: Runtime,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Waking<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(duty) = this.duty.as_mut() else {
            return Poll::Ready(());
        };
        if !duty.admitted(cx) {
            return Poll::Pending;
        }
        if let Some(future) = this.future.as_mut().as_pin_mut() {
            if !duty.run(future, cx) {
                return Poll::Pending;
            }
            if is_planted(Fault::CountsTooEarly) {
                this.duty
                    .take()
                    .into_iter()
                    .for_each(Duty::finish::<F::Output>);
                return Poll::Pending;
            }
            if needs_drop::<F>() {
                duty.destroy::<F::Output>(|| this.future.set(None));
            } else {
                this.future.set(None);
            }
        }
        if !is_planted(Fault::ForgetsCleanUp) && duty.clean_up(cx).is_pending() {
            return Poll::Pending;
        }
        if let Some(duty) = this.duty.take() {
            duty.finish::<F::Output>();
        }
        Poll::Ready(())
    }
}

impl<E: Send + 'static, R: Runtime> Inner<E, R> {
    /// How a child has ended whose future has returned; an error of its own fails the nursery.
    pub(super) fn judge(
        &self,
        verdict: Verdict<E>,
        gave_way: GaveWay,
        child: impl FnOnce() -> Origin,
        reason: impl FnOnce() -> CancelReason,
    ) -> How {
        let error = match verdict {
            Verdict::Done => return How::Done,
            Verdict::Cancelled(cancelled) => return How::cancelled(cancelled.reason().clone()),
            Verdict::Failed(error) => error,
        };
        let failure = Failure::new(child(), FailureKind::Error(error));
        if gave_way != GaveWay::No {
            self.keep(failure, gave_way);
            return How::cancelled(reason());
        }
        self.fail(failure);
        How::Failed
    }

    /// How a child has ended that panicked. It fails the nursery, unless the panic is the handle's alone.
    pub(super) fn child_panicked(
        &self,
        payload: Payload,
        is_alone: bool,
        child: impl FnOnce() -> Origin,
    ) -> How {
        let panic = Panic::new(payload);
        let message = panic.message().to_owned();
        if is_alone {
            return How::panicked(message, Some(panic));
        }
        if !is_planted(Fault::SwallowsPanic) {
            self.fail(Failure::new(child(), FailureKind::Panicked(panic)));
        }
        How::panicked(message, None)
    }

    /// How a child ends that is dropped before its end.
    pub(super) fn dropped_early(&self, reason: impl FnOnce() -> CancelReason) -> How {
        match self.host {
            Host::Runtime => How::Lost,
            Host::Task => How::cancelled(reason()),
        }
    }

    /// A child that is nobody's but the nursery's is lost, which is a failure.
    pub(super) fn child_lost(&self, child: Origin) {
        self.fail(Failure::new(child, FailureKind::Lost));
    }

    /// Clean-ups that a child cannot run any more go to the nursery, `home`, which is held open by the child until then; those of a
    /// scope, to the task that drops it.
    pub(super) fn take_from_child(
        &self,
        home: impl Fn() -> Option<Arc<dyn Enclosing>>,
        owed: impl IntoIterator<Item = Item<'static>>,
    ) {
        for item in owed {
            match self.host {
                Host::Runtime => reap(home(), item),
                Host::Task => hand_over(item, self.outer().as_ref().map(Arc::downgrade).as_ref()),
            }
        }
    }

    /// The scope of a child.
    pub(super) fn scope_of<'a>(&'a self, sink: &'a impl Scoped, post: Post) -> Scope<'a> {
        sink.scope().unwrap_or_else(|| {
            Scope::Node(match post {
                Post::Foreground => &self.node,
                Post::Background => self.background(),
            })
        })
    }
}

impl<E, R> Inner<E, R> {
    /// Gives a place under the limit back, and wakes whoever waits for it.
    fn give_back_permit(&self) {
        if let Some(limit) = &self.limit {
            unwind::catch(|| limit.add_permits(1)).unwrap_or_else(unwind::forget_payload);
        }
    }
}

impl<S: Scoped, E: Send + 'static, R: Runtime> Duty<S, E, R> {
    /// Waits for a place under the limit.
    fn admitted(&mut self, cx: &mut Waking<'_>) -> bool {
        self.aside.is_none() || self.poll_admission(cx)
    }

    fn poll_admission(&mut self, cx: &mut Waking<'_>) -> bool {
        let aside = self.aside.as_mut().map(|aside| aside.as_mut().project());
        let Some(AsideProjection::Waiting { place }) = aside else {
            return true;
        };
        let roster = &self.nursery.roster;
        match place.poll(cx) {
            Poll::Ready(permit) => {
                permit.forget();
                self.has_permit = true;
                self.aside = None;
                roster.set_phase(self.ticket, ChildPhase::Running);
                true
            }
            Poll::Pending => {
                roster.set_phase(self.ticket, ChildPhase::Waiting);
                false
            }
        }
    }

    /// Polls the future. `true` when it has ended, one way or another.
    fn run<F: Future>(&mut self, future: Pin<&mut F>, cx: &mut Waking<'_>) -> bool
    where
        S: Sink<F::Output, E>,
    {
        self.own.begin_poll();
        witness::runs(|| self.origin());
        let polled = self.inside(|sink| {
            unwind::catch(|| match future.poll(cx) {
                Poll::Ready(output) => Poll::Ready(sink.take(output)),
                Poll::Pending => Poll::Pending,
            })
        });
        match polled {
            Ok(Poll::Pending) => {
                self.advance_queue(cx);
                if !self.is_aborted(cx) {
                    return false;
                }
                self.end(How::cancelled(self.reason()));
            }
            Ok(Poll::Ready(verdict)) => self.judge(verdict),
            Err(payload) => self.panicked::<F::Output>(payload),
        }
        true
    }

    #[inline]
    pub(super) fn judge(&mut self, verdict: Verdict<E>) {
        if !S::TELLS && matches!(verdict, Verdict::Cancelled(_)) {
            // The reason needs no box of its own.
            self.fate = Fate::Told;
            return;
        }
        let (nursery, gave_way) = (&self.nursery, self.own.gave_way);
        let how = nursery.judge(verdict, gave_way, || self.origin(), || self.reason());
        self.end(how);
    }

    pub(super) fn panicked<O>(&mut self, payload: Payload)
    where
        S: Sink<O, E>,
    {
        let is_alone = self.sink.is_alone();
        let how = self
            .nursery
            .child_panicked(payload, is_alone, || self.origin());
        self.set_end(how);
    }

    /// The first end stands, save that a panic replaces it.
    pub(super) fn end(&mut self, how: How) {
        if self.fate == Fate::Open {
            self.set_end(how);
        }
    }

    fn set_end(&mut self, how: How) {
        self.fate = match how {
            How::Done => Fate::Done,
            How::Failed => Fate::Failed,
            How::Lost => Fate::Lost,
            How::Refused => Fate::Refused,
            How::Cancelled(_) | How::Panicked(_) if !S::TELLS => Fate::Told,
            How::Cancelled(_) | How::Panicked(_) => {
                self.aside = Some(Box::pin(Aside::Ended { how }));
                Fate::Told
            }
        };
    }

    fn told(&mut self) -> Option<&mut How> {
        let aside = self.aside.as_mut()?.as_mut();
        match aside.project() {
            AsideProjection::Ended { how } => Some(how),
            AsideProjection::Waiting { .. } => None,
        }
    }

    /// How it has ended. A child that is gone without an end is lost.
    fn take_end(&mut self) -> How {
        match self.fate {
            Fate::Done => How::Done,
            Fate::Failed => How::Failed,
            Fate::Refused => How::Refused,
            Fate::Open | Fate::Lost => How::Lost,
            Fate::Told => {
                let told = self.told();
                told.map_or(How::Lost, |how| std::mem::replace(how, How::Lost))
            }
        }
    }

    /// Who it is.
    pub(super) fn origin(&self) -> Origin {
        self.nursery.roster.origin(self.ticket)
    }

    /// Where it sees requests first.
    fn scope(&self) -> Scope<'_> {
        self.nursery.scope_of(&self.sink, self.post)
    }

    /// Runs code of the child in its context. In a scope, what the child shields must not be dropped by the task around either.
    pub(super) fn inside<T>(&mut self, run: impl FnOnce(&S) -> T) -> T {
        let _span = self.span.enter();
        let scope = self.nursery.scope_of(&self.sink, self.post);
        let mut context = Context::new(
            scope,
            Some(&self.nursery),
            Who::Seated(self.ticket),
            &mut self.own,
        );
        let shares = self.nursery.host == Host::Task;
        inside(&mut context, shares, || run(&self.sink))
    }

    fn reason(&self) -> CancelReason {
        let reason = self.scope().reason().cloned();
        reason.unwrap_or(CancelReason::Shutdown)
    }

    /// Runs a destructor of the user's inside the child's context.
    fn destroy<O>(&mut self, destroy: impl FnOnce())
    where
        S: Sink<O, E>,
    {
        match self.inside(|_| unwind::catch(destroy)) {
            Ok(()) => {}
            // The handle has room for one panic: the first.
            Err(second)
                if self.sink.is_alone() && matches!(self.told(), Some(How::Panicked(_))) =>
            {
                unwind::forget_payload(second);
            }
            Err(payload) => self.panicked::<O>(payload),
        }
    }

    /// While the future waits, the clean-ups that it owes go on.
    fn advance_queue(&mut self, cx: &mut Waking<'_>) {
        if !self.own.queue.is_empty() {
            _ = self.inside(|_| poll_current(cx));
        }
    }

    #[inline]
    fn clean_up(&mut self, cx: &mut Waking<'_>) -> Poll<()> {
        if self.own.queue.is_empty() {
            return Poll::Ready(());
        }
        self.nursery
            .roster
            .set_phase(self.ticket, ChildPhase::CleaningUp);
        self.inside(|_| poll_current(cx))
    }

    /// Whether grace is over, and no shield holds. The waker is left first, so that an abort which comes after the look
    /// finds it.
    fn is_aborted(&self, cx: &Waking<'_>) -> bool {
        let scope = self.scope();
        if !scope.is_abortable() || self.is_adopted {
            return false;
        }
        let hasty = is_planted(Fault::LooksForItsEndFirst) && !scope.is_aborted();
        self.nursery.roster.set_waker(self.ticket, cx.waker());
        !hasty && scope.is_aborted() && self.own.shields == 0
    }

    /// Gives away the clean-ups that this task cannot run any more.
    pub(super) fn abandon_queue(&mut self) {
        let owed = self.own.queue.take();
        let home = || Some(Arc::clone(&self.nursery) as _);
        self.nursery.take_from_child(home, owed);
    }

    /// Counts the child out. Invariants 1 and 4 of the nursery: this is the last thing that happens.
    pub(super) fn finish<O>(mut self)
    where
        S: Sink<O, E>,
    {
        if matches!(self.fate, Fate::Open | Fate::Lost) && !self.sink.is_alone() {
            self.nursery.child_lost(self.origin());
        }
        if S::TELLS {
            let how = self.take_end();
            self.sink.publish(how);
        }
        let Self {
            own,
            nursery,
            ticket,
            post,
            sink,
            aside,
            has_permit,
            span,
            ..
        } = self;
        unwind::drop_quietly(sink);
        if aside.is_some() {
            unwind::drop_quietly(aside);
        }
        if has_permit {
            nursery.give_back_permit();
        }
        // The subscriber behind the span is the user's code, and is not to run when the child has been counted out.
        unwind::drop_quietly(span);
        own.end();
        nursery.roster.remove(ticket);
        nursery.leave(post);
        #[cfg(all(feature = "__faults", not(steadfast_loom)))]
        if is_planted(Fault::LooksAfterRelease) {
            crate::faults::unsound::look_after_release(nursery, |inner| _ = inner.is_closed());
        }
    }
}
