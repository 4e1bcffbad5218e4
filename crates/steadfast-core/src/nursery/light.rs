//! Light children, of scopes and of [groups](super::groups): what costs least to spawn, to poll and to end.
//!
//! A child that is a task of its own may be polled on any thread, and may end when the nursery's future is gone; so it counts by
//! itself, holds the nursery, and has a seat in the roster. A light child is spawned, polled and dropped on the inside of a
//! [`Room`], which tells who else is there. So those that ask for nothing special count **as one**: the first of them enters the
//! tally, and the last of them leaves it; between the two they are counted without an atomic exchange. The room holds the nursery
//! for all of them, and each has its seat in its own block.
//!
//! Whoever has a name, waits under a limit, is in the background or can be aborted takes the way of all, as does whoever is
//! spawned into a scope from elsewhere. But for that, a light child is a child like any other: what becomes of outputs, panics,
//! requests and clean-ups is decided by the same code.

use std::future::Future;
use std::marker::PhantomData;
use std::mem::needs_drop;
use std::panic::Location;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::{Context as Waking, Poll};

use pin_project_lite::pin_project;

use super::child::Task;
use super::roster::{ChildKind, ChildPhase};
use super::sink::{How, Scoped, Sink, Verdict};
use super::spawn::Plan;
use super::{Host, Inner, Post};
use crate::async_drop::poll_current;
use crate::context::{Context, Home, Own, Who, at_spawn, inside};
use crate::faults::{Fault, is_planted};
use crate::scope::{Header, InTask, Room};
use crate::span::Span;
use crate::time::Moment;
use crate::unwind::{self, Payload};
use crate::{CancelReason, Origin, Runtime, witness};

type Output<T> = <<T as Task>::Work as Future>::Output;

/// Set in the numbers of light children, which the room gives and not the roster.
const LIGHT: u64 = 1 << 55;

impl<E, R> Inner<E, R> {
    /// Whether nothing is asked for a child that a light one cannot have.
    #[inline]
    pub(super) fn may_be_light<S>(&self, plan: &Plan<S>) -> bool {
        plan.name.is_none()
            && plan.post == Post::Foreground
            && plan.permit.is_none()
            && (self.limit.is_none() || !plan.limited)
            && !self.node.abortable
    }
}

/// Takes a child of a scope into `room`, if it can be a light one and the caller is inside.
///
/// # Safety
///
/// As [`Room::put`], for a task of the type `T` with that work and that sink. `room` is that of the scope whose nursery this is.
#[inline]
pub(crate) unsafe fn hold<T: Task<Runtime = InTask>>(
    room: &Room,
    nursery: &Arc<Inner<T::Error, InTask>>,
    plan: Plan<T::Sink>,
    work: T::Work,
) -> Result<(), (Plan<T::Sink>, T::Work)> {
    if !nursery.may_be_light(&plan) || !Room::has_blocks_for::<LightTask<T>>() || !room.is_here() {
        return Err((plan, work));
    }
    // Before the block is taken and counted: the subscriber behind the span is the user's code, and may do what it likes.
    let span = Span::child(|| Origin::new(None, plan.location));
    // SAFETY: we are inside.
    let Some(block) = (unsafe { room.reserve::<LightTask<T>>() }) else {
        return Err((plan, work));
    };
    // SAFETY: we are inside.
    if !unsafe { enter(room, nursery) } {
        // SAFETY: as above; the block is empty.
        unsafe { room.end(block) };
        return Err((plan, work));
    }
    let (own, born) = at_spawn();
    // SAFETY: the block is alive while the room is.
    let in_room = unsafe { block.as_ref() }.number.get();
    let entrant = Entrant {
        number: plan.number.unwrap_or(LIGHT | in_room),
        kind: plan.kind,
        location: plan.location,
        born,
        own,
        span,
        sink: plan.sink,
    };
    // SAFETY: we are inside, and the room holds the nursery; the block was reserved for this, and is empty.
    unsafe { move_in::<T>(room, block, entrant, work) };
    Ok(())
}

/// Takes one more child into the room of a group, or hands it back if the room is closed or has no blocks for such children.
///
/// # Safety
///
/// As [`Room::put`], for a task of the type `T` with that work and that sink. The caller is inside of `room`, which holds the
/// nursery of the children.
#[inline]
pub(crate) unsafe fn add<T: Task>(
    room: &Room,
    entrant: Entrant<T::Sink>,
    work: T::Work,
) -> Result<(), T::Work> {
    // SAFETY: by the caller.
    let Some(block) = (unsafe { room.reserve::<LightTask<T>>() }) else {
        return Err(work);
    };
    // SAFETY: by the caller.
    unsafe { room.count_light_in() };
    // SAFETY: by the caller; the block was reserved for this, and is empty.
    unsafe { move_in::<T>(room, block, entrant, work) };
    Ok(())
}

/// Whether such children can be light ones.
#[inline]
pub(super) const fn fits<T: Task>() -> bool {
    Room::has_blocks_for::<LightTask<T>>()
}

/// A light child that comes in.
pub(crate) struct Entrant<S> {
    pub(super) number: u64,
    pub(super) kind: ChildKind,
    pub(super) location: &'static Location<'static>,
    pub(super) born: Moment,
    pub(super) own: Own,
    pub(super) span: Span,
    pub(super) sink: S,
}

/// # Safety
///
/// As [`Room::move_in`]; the child has been counted, and the room holds its nursery.
#[inline]
unsafe fn move_in<T: Task>(
    room: &Room,
    block: NonNull<Header>,
    entrant: Entrant<T::Sink>,
    work: T::Work,
) {
    let Entrant {
        number,
        kind,
        location,
        born,
        own,
        span,
        sink,
    } = entrant;
    // SAFETY: the block is alive while the room is.
    let header = unsafe { block.as_ref() };
    header.seat.take(number, kind, born, location);
    sink.seated(number);
    let duty = Duty {
        header: block,
        own,
        how: None,
        span,
        sink,
        nursery: PhantomData,
    };
    let task = LightTask::<T> {
        work: Some(work),
        duty: Some(duty),
    };
    // SAFETY: by the caller.
    unsafe { room.move_in(block, task) };
}

/// Counts a light child, unless the nursery is closed.
///
/// # Safety
///
/// The caller is inside of `room`.
#[inline]
unsafe fn enter<E: Send + 'static>(room: &Room, nursery: &Arc<Inner<E, InTask>>) -> bool {
    if room.light() == 0 {
        if nursery.tally.enter(Post::Foreground).is_none() {
            return false;
        }
        // SAFETY: by the caller.
        unsafe { room.hold(|| Arc::clone(nursery) as _) };
        // SAFETY: by the caller.
        nursery.crowd.get_or_init(|| unsafe { room.share() });
    }
    // SAFETY: by the caller.
    unsafe { room.count_light_in() };
    true
}

pin_project! {
    /// What the room polls: a [`ChildTask`](super::child::ChildTask) with the same life cycle.
    pub(crate) struct LightTask<T: Task> {
        #[pin]
        work: Option<T::Work>,
        duty: Option<Duty<T::Sink, T::Error, T::Runtime>>,
    }

    impl<T: Task> PinnedDrop for LightTask<T> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(mut duty) = this.duty.take() else { return };
            if this.work.is_some() {
                duty.end(duty.nursery().dropped_early(|| duty.reason()));
                duty.destroy(this.work.as_mut());
            }
            duty.abandon_queue();
            duty.finish::<Output<T>>();
        }
    }
}

/// What a light child owes its nursery, apart from the future itself.
struct Duty<S, E, R> {
    /// That of the block in which this lies.
    header: NonNull<Header>,
    own: Own,
    /// How it has ended, if not well.
    how: Option<Box<How>>,
    span: Span,
    sink: S,
    /// The room holds such a nursery.
    nursery: PhantomData<fn(E, R)>,
}

impl<T: Task> Future for LightTask<T> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Waking<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(duty) = this.duty.as_mut() else {
            return Poll::Ready(());
        };
        if this.work.is_some() {
            if !duty.run(this.work.as_mut(), cx) {
                return Poll::Pending;
            }
            if is_planted(Fault::CountsTooEarly) {
                this.duty
                    .take()
                    .into_iter()
                    .for_each(Duty::finish::<Output<T>>);
                return Poll::Pending;
            }
            if this.work.is_some() {
                duty.destroy(this.work.as_mut());
            }
        }
        if !is_planted(Fault::ForgetsCleanUp) && duty.clean_up(cx).is_pending() {
            return Poll::Pending;
        }
        if let Some(duty) = this.duty.take() {
            duty.finish::<Output<T>>();
        }
        Poll::Ready(())
    }
}

impl<S: Scoped, E: Send + 'static, R: Runtime> Duty<S, E, R> {
    fn nursery(&self) -> &Inner<E, R> {
        // SAFETY: as `nursery_of` wants it, until `finish` has taken the duty apart.
        unsafe { nursery_of(self.header()) }
    }

    fn header(&self) -> &Header {
        // SAFETY: it is that of the block in which this lies, and outlives what is in there.
        unsafe { self.header.as_ref() }
    }

    fn origin(&self) -> Origin {
        Origin::new(None, self.header().seat.location())
    }

    fn end(&mut self, how: How) {
        self.how.get_or_insert_with(|| Box::new(how));
    }

    /// Polls the future. `true` when it has ended, one way or another; it is gone, then, if that is all that there is to it.
    #[inline]
    fn run<F: Future>(&mut self, mut work: Pin<&mut Option<F>>, cx: &mut Waking<'_>) -> bool
    where
        S: Sink<F::Output, E>,
    {
        self.own.begin_poll();
        witness::runs(|| self.origin());
        let mut dropped = Ok(());
        let polled = self.inside(|sink| {
            let polled = unwind::catch(|| match work.as_mut().as_pin_mut() {
                Some(future) => future.poll(cx).map(|output| sink.take(output)),
                None => Poll::Pending,
            });
            // Nobody can tell whether the destructors run before or after such an output is judged.
            let is_done = matches!(polled, Ok(Poll::Ready(Verdict::Done)));
            if is_done && !is_planted(Fault::CountsTooEarly) {
                dropped = destroyed(work);
            }
            polled
        });
        match polled {
            Ok(Poll::Pending) => {
                self.advance_queue(cx);
                return false;
            }
            Ok(Poll::Ready(Verdict::Done)) => {
                self.note::<F::Output>(dropped);
            }
            Ok(Poll::Ready(verdict)) => {
                let gave_way = self.own.gave_way;
                let child = || self.origin();
                let how = self
                    .nursery()
                    .judge(verdict, gave_way, child, || self.reason());
                self.end(how);
            }
            Err(payload) => self.panicked::<F::Output>(payload),
        }
        true
    }
}

impl<S: Scoped, E: Send + 'static, R: Runtime> Duty<S, E, R> {
    /// Runs code of the child in its context. In a scope, what it shields must not be dropped by the task around either.
    #[inline]
    fn inside<T>(&mut self, run: impl FnOnce(&S) -> T) -> T {
        let _span = self.span.enter();
        // SAFETY: as in `header`, which borrows all of `self`.
        let header = unsafe { self.header.as_ref() };
        // SAFETY: as in `nursery`.
        let nursery: &Inner<E, R> = unsafe { nursery_of(header) };
        let scope = nursery.scope_of(&self.sink, Post::Foreground);
        // SAFETY: the inside alone polls and drops children, and does not close the room meanwhile.
        let home = unsafe { header.room().holder() };
        let home = home.map(|home| home as &dyn Home);
        let who = Who::Numbered(header.seat.number());
        let mut context = Context::new(scope, home, who, &mut self.own);
        inside(&mut context, nursery.host == Host::Task, || run(&self.sink))
    }

    fn reason(&self) -> CancelReason {
        let scope = self.nursery().scope_of(&self.sink, Post::Foreground);
        let reason = scope.reason().cloned();
        reason.unwrap_or(CancelReason::Shutdown)
    }

    fn panicked<O>(&mut self, payload: Payload)
    where
        S: Sink<O, E>,
    {
        let is_alone = self.sink.is_alone();
        let how = self
            .nursery()
            .child_panicked(payload, is_alone, || self.origin());
        self.how = Some(Box::new(how));
    }

    /// Runs a destructor of the user's inside the child's context.
    fn destroy<F: Future>(&mut self, work: Pin<&mut Option<F>>)
    where
        S: Sink<F::Output, E>,
    {
        let destroyed = self.inside(|_| destroyed(work));
        self.note::<F::Output>(destroyed);
    }

    fn note<O>(&mut self, destroyed: Result<(), Payload>)
    where
        S: Sink<O, E>,
    {
        match destroyed {
            Ok(()) => {}
            // The handle has room for one panic: the first.
            Err(second)
                if self.sink.is_alone()
                    && matches!(self.how.as_deref(), Some(How::Panicked(..))) =>
            {
                unwind::forget_payload(second);
            }
            Err(payload) => self.panicked::<O>(payload),
        }
    }

    /// While the future waits, the clean-ups that it owes go on.
    #[inline]
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
        self.header().seat.set_phase(ChildPhase::CleaningUp);
        self.inside(|_| poll_current(cx))
    }

    /// Gives away the clean-ups that this task cannot run any more.
    fn abandon_queue(&mut self) {
        let owed = self.own.queue.take();
        // SAFETY: as in `inside`.
        let home = || unsafe { self.header().room().holder() }.cloned();
        self.nursery().take_from_child(home, owed);
    }

    /// Counts the child out. Invariants 1 and 4 of the nursery: this is the last thing that happens.
    #[inline]
    fn finish<O>(mut self)
    where
        S: Sink<O, E>,
    {
        if matches!(self.how.as_deref(), Some(How::Lost)) && !self.sink.is_alone() {
            self.nursery().child_lost(self.origin());
        }
        if S::TELLS {
            let how = self.how.take();
            self.sink.publish(how.map_or(How::Done, |how| *how));
        }
        let Self {
            header,
            own,
            sink,
            span,
            ..
        } = self;
        // The subscriber behind the span is the user's code, and is not to run when the child has been counted out.
        unwind::drop_quietly(sink);
        unwind::drop_quietly(span);
        own.end();
        // SAFETY: the block in which this lay is not used again before its future is gone, which is still there.
        let header = unsafe { header.as_ref() };
        header.seat.leave();
        // SAFETY: the inside alone polls and drops children.
        if unsafe { header.room().count_light_out() } == 0 {
            // SAFETY: it was one of the light children of such a nursery, which the room still holds, for it is not closed before
            // this returns.
            let nursery: &Inner<E, R> = unsafe { nursery_of(header) };
            nursery.leave(Post::Foreground);
        }
    }
}

/// The nursery of the room in which a block is.
///
/// # Safety
///
/// There is a light child of such a nursery in the block, and the caller is inside.
#[inline]
unsafe fn nursery_of<E: Send + 'static, R: Runtime>(header: &Header) -> &Inner<E, R> {
    // SAFETY: by the caller, we are inside. The room holds a nursery since it has had its first light child, and until it is
    // closed, when all children are gone.
    let nursery = unsafe { header.room().held() };
    // SAFETY: whoever spawns light children into a room is of its scope, or of its group, which has one nursery, and so one type.
    unsafe { &*nursery.cast::<Inner<E, R>>() }
}

/// Drops a future where it lies; a panic in it is the error.
#[inline]
fn destroyed<F>(mut work: Pin<&mut Option<F>>) -> Result<(), Payload> {
    if !needs_drop::<F>() {
        work.set(None);
        return Ok(());
    }
    unwind::catch(|| work.set(None))
}
