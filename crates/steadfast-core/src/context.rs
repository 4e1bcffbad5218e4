//! What the code of a task can see without being handed it: its scope, its nursery, its clean-up queue.
//!
//! A task of ours is [`Own`]: what it carries from poll to poll, a few words. While it is polled or dropped, a [`Context`] on the
//! stack of that call refers to that, and to the nursery and the scope that it belongs to; a thread-local points to the context.
//! So a poll makes no reference count, and moves nothing.
//!
//! # Why the pointer is sound
//!
//! 1. [`install`] is the only one to set it, to a context that it borrows exclusively until it has set it back, on return and on
//!    unwinding. So a pointer that is there leads to a context that is alive, and that nobody uses but through the pointer.
//! 2. [`with`] is the only one to follow it, and takes it away meanwhile: a look inside a look finds nothing. So there is one
//!    reference at a time.
//! 3. The lifetimes of what a context refers to are forgotten when the pointer is set, and come back as ones that whoever looks
//!    knows nothing about: it can neither keep what it finds, nor put something of its own there.

use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::{Arc, Weak};
use std::time::Instant;

use crate::async_drop::Queue;
use crate::local::TaskLocals;
use crate::nursery::{Enclosing, Ticket};
use crate::sync::local;
use crate::time::Moment;
use crate::tree::{ChildScope, CleanUpScope, Node};
use crate::{AnyRuntime, CancelReason};

/// What a task, or a body, carries from poll to poll.
#[derive(Default)]
pub(crate) struct Own {
    /// Clean-ups that it owes.
    pub(crate) queue: Queue,
    /// What is bound at this point.
    pub(crate) locals: TaskLocals,
    /// Shields that have started and not ended inside the innermost region that may be dropped.
    pub(crate) shields: u32,
    /// Whether it has given way to a request of its own scope.
    pub(crate) gave_way: GaveWay,
    /// It is blocking work, on a thread that polls nothing.
    pub(crate) may_block: bool,
}

impl Own {
    /// Inherits what is bound where it is made.
    pub(crate) fn new() -> Self {
        Self::with(TaskLocals::current())
    }

    pub(crate) fn with(locals: TaskLocals) -> Self {
        Self {
            locals,
            ..Self::default()
        }
    }

    /// Drops it, in no time if there is nothing in it.
    #[inline]
    pub(crate) fn end(self) {
        if self.queue.is_blank() && self.locals.is_empty() {
            std::mem::forget(self);
        }
    }

    /// A new poll begins.
    #[inline]
    pub(crate) fn begin_poll(&mut self) {
        if self.gave_way == GaveWay::Now {
            self.gave_way = GaveWay::Before;
        }
    }
}

/// Whether a task has given way to a request of its own scope, rather than of a scope inside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum GaveWay {
    #[default]
    No,
    /// In this very poll: an error that the task ends with now is the request itself, passed on by `?`.
    Now,
    /// In an earlier poll: the task has awaited something since.
    Before,
}

/// A counted pointer to a nursery, whatever it knows of the nursery's type.
pub(crate) trait Home {
    fn share(&self) -> Arc<dyn Enclosing>;
    fn weak(&self) -> Weak<dyn Enclosing>;
    fn look(&self) -> &dyn Enclosing;
}

impl Home for Arc<dyn Enclosing> {
    fn share(&self) -> Arc<dyn Enclosing> {
        Self::clone(self)
    }

    fn weak(&self) -> Weak<dyn Enclosing> {
        Self::downgrade(self)
    }

    fn look(&self) -> &dyn Enclosing {
        &**self
    }
}

/// Where requests are seen: a node of the tree, or what becomes one when somebody needs it.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'a> {
    Node(&'a Arc<Node>),
    Child(&'a ChildScope),
    CleanUp(&'a CleaningUp<'a>),
}

/// A clean-up that is being polled: its scope, and where that belongs.
pub(crate) struct CleaningUp<'a> {
    scope: &'a CleanUpScope,
    around: Option<Place<'a>>,
}

impl CleaningUp<'_> {
    fn node(&self) -> &Arc<Node> {
        self.scope.node(|| match &self.around {
            Some(around) => (Some(Arc::clone(around.scope.node())), around.child()),
            None => (None, 0),
        })
    }
}

/// A place in a task: a scope, and whose task it is.
#[derive(Clone, Copy)]
struct Place<'a> {
    scope: Scope<'a>,
    home: Option<&'a dyn Home>,
    who: Who,
}

impl Place<'_> {
    fn child(&self) -> u64 {
        match (self.home, self.who) {
            (Some(home), Who::Seated(ticket)) => home.look().number(ticket),
            (Some(_), Who::Numbered(number)) => number,
            _ => 0,
        }
    }
}

impl<'a> Scope<'a> {
    /// The node, for whoever holds it, waits in it, or opens something below it.
    pub(crate) fn node(self) -> &'a Arc<Node> {
        match self {
            Self::Node(node) => node,
            Self::Child(scope) => scope.node(),
            Self::CleanUp(clean_up) => clean_up.node(),
        }
    }

    #[inline]
    pub(crate) fn is_requested(self) -> bool {
        match self {
            Self::Node(node) => node.is_requested(),
            Self::Child(scope) => scope.is_requested(),
            Self::CleanUp(clean_up) => clean_up
                .scope
                .known()
                .is_some_and(|node| node.is_requested()),
        }
    }

    pub(crate) fn reason(self) -> Option<&'a CancelReason> {
        match self {
            Self::Node(node) => node.reason(),
            Self::Child(scope) => scope.reason(),
            Self::CleanUp(clean_up) => clean_up.scope.known()?.reason(),
        }
    }

    /// An abort can reach it.
    pub(crate) fn is_abortable(self) -> bool {
        match self {
            Self::Node(node) => node.abortable,
            Self::Child(scope) => scope.is_abortable(),
            Self::CleanUp(_) => false,
        }
    }

    pub(crate) fn is_aborted(self) -> bool {
        match self {
            Self::Node(node) => node.is_aborted(),
            Self::Child(scope) => scope.is_aborted(),
            Self::CleanUp(clean_up) => clean_up.scope.known().is_some_and(|node| node.is_aborted()),
        }
    }
}

/// The ambient state of one task, or of one body.
pub(crate) struct Context<'a> {
    /// Where requests are seen.
    pub(crate) scope: Scope<'a>,
    /// The scope that the task began with.
    base: Scope<'a>,
    /// The nursery that owns this task or body. `None` in a scope that was opened outside of any steadfast task.
    pub(crate) home: Option<&'a dyn Home>,
    who: Who,
    pub(crate) own: &'a mut Own,
    /// The earliest deadline among the `timeout` regions around this point.
    pub(crate) timeout_at: Option<Instant>,
    /// The time, if somebody has asked for it in this poll.
    now: Option<Moment>,
}

/// Whose task it is, among those of the nursery.
#[derive(Clone, Copy)]
pub(crate) enum Who {
    Body,
    /// The child in that place of the roster.
    Seated(Ticket),
    /// The child of that number.
    Numbered(u64),
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        scope: Scope<'a>,
        home: Option<&'a dyn Home>,
        who: Who,
        own: &'a mut Own,
    ) -> Self {
        Self {
            scope,
            base: scope,
            home,
            who,
            own,
            timeout_at: None,
            now: None,
        }
    }

    /// The time of what happens in this poll.
    fn time(&mut self) -> Moment {
        *self.now.get_or_insert_with(Moment::now)
    }

    /// Notes that the task gives way in `scope`. Counts only if the scope that it began with has been asked to end, too: who
    /// gives way to a scope inside the task, or inside a shield, goes on as if nothing had happened.
    pub(crate) fn give_way(&mut self, scope: &Node) {
        if scope.is_requested_up_to(Arc::as_ptr(self.base.node()).addr()) {
            self.own.gave_way = GaveWay::Now;
        }
    }

    /// The number of this task among the children of its nursery; 0 for a body.
    pub(crate) fn child(&self) -> u64 {
        self.place().child()
    }

    const fn place(&self) -> Place<'a> {
        Place {
            scope: self.scope,
            home: self.home,
            who: self.who,
        }
    }
}

local! {
    static CURRENT: Cell<Option<NonNull<Context<'static>>>> = const { Cell::new(None) };
}

/// A thread whose locals are being destroyed has no task.
fn swap(context: Option<NonNull<Context<'static>>>) -> Option<NonNull<Context<'static>>> {
    CURRENT
        .try_with(|current| current.replace(context))
        .ok()
        .flatten()
}

/// Points back to whoever was current before.
struct Back(Option<NonNull<Context<'static>>>);

impl Drop for Back {
    fn drop(&mut self) {
        swap(self.0);
    }
}

/// Looks at the current context. User code must not run inside `look`, which could not look itself.
pub(crate) fn with<T>(look: impl FnOnce(Option<&mut Context<'_>>) -> T) -> T {
    let back = Back(swap(None));
    // SAFETY: by 1, the context is alive, and nobody uses it but through the pointer; by 2, this is the only reference that comes
    // from there, for the pointer is away until `back` goes, after `look` has returned. By 3, `look` must take any lifetimes.
    look(back.0.map(|mut context| unsafe { context.as_mut() }))
}

/// Runs `run` in `context`.
pub(crate) fn install<T>(context: &mut Context<'_>, run: impl FnOnce() -> T) -> T {
    // `context` is not used again in here, so that the pointer is the only way to it until `back` goes.
    let _back = Back(swap(Some(NonNull::from(context).cast())));
    run()
}

/// Runs `run` in `context`. If that is part of another one's task (`shares`), shields that `run` raises hold there as well: what
/// must not be dropped inside must not be dropped around it either.
pub(crate) fn inside<T>(context: &mut Context<'_>, shares: bool, run: impl FnOnce() -> T) -> T {
    let before = context.own.shields;
    let value = install(context, run);
    let now = context.own.shields;
    if shares && now != before {
        with(|context| {
            if let Some(context) = context {
                context.own.shields = (context.own.shields + now).saturating_sub(before);
            }
        });
    }
    value
}

/// Runs `run` with `node` as the scope of the current task.
///
/// Outside of a steadfast task a context is made for that time.
pub(crate) fn enter<T>(node: &Arc<Node>, run: impl FnOnce() -> T) -> T {
    with(|context| match context {
        Some(outer) => {
            let mut inner = Context {
                scope: Scope::Node(node),
                base: outer.base,
                home: outer.home,
                who: outer.who,
                own: &mut *outer.own,
                timeout_at: outer.timeout_at,
                now: outer.now,
            };
            install(&mut inner, run)
        }
        None => install(
            &mut Context::new(Scope::Node(node), None, Who::Body, &mut Own::default()),
            run,
        ),
    })
}

/// Runs `run`, which does not panic, as a clean-up of the current task: in a scope of its own, with `locals` bound.
///
/// What the task has given way to, and the time that it has, are kept from the clean-up, and the other way round. That goes for
/// shields, too: a clean-up is polled now inside a region, now outside of it, and no region ever drops one.
///
/// Outside of a steadfast task a context is made for that time.
pub(crate) fn clean_up<T>(
    scope: &CleanUpScope,
    locals: &mut TaskLocals,
    run: impl FnOnce() -> T,
) -> T {
    with(|context| match context {
        Some(outer) => {
            let clean_up = CleaningUp {
                scope,
                around: Some(outer.place()),
            };
            let gave_way = std::mem::take(&mut outer.own.gave_way);
            let shields = std::mem::take(&mut outer.own.shields);
            std::mem::swap(&mut outer.own.locals, locals);
            let mut inner = Context {
                scope: Scope::CleanUp(&clean_up),
                base: outer.base,
                home: outer.home,
                who: outer.who,
                own: &mut *outer.own,
                timeout_at: None,
                now: outer.now,
            };
            let value = install(&mut inner, run);
            std::mem::swap(&mut outer.own.locals, locals);
            outer.own.gave_way = gave_way;
            outer.own.shields = shields;
            value
        }
        None => {
            let clean_up = CleaningUp {
                scope,
                around: None,
            };
            let mut own = Own::with(std::mem::take(locals));
            let scope = Scope::CleanUp(&clean_up);
            let value = install(&mut Context::new(scope, None, Who::Body, &mut own), run);
            *locals = std::mem::take(&mut own.locals);
            value
        }
    })
}

/// The scope in which the caller runs, if any.
pub(crate) fn scope() -> Option<Arc<Node>> {
    with(|context| context.map(|context| Arc::clone(context.scope.node())))
}

/// Where a new node belongs: the scope in which the caller runs, and the child whose task it is.
pub(crate) fn place() -> (Option<Arc<Node>>, u64) {
    with(|context| match context {
        Some(context) => (Some(Arc::clone(context.scope.node())), context.child()),
        None => (None, 0),
    })
}

/// Whether the scope in which the caller runs has been asked to end. `false` where there is none.
#[inline]
pub(crate) fn is_requested() -> bool {
    CURRENT
        .try_with(|current| {
            current.get().is_some_and(|context| {
                // SAFETY: by 1, the context is alive. Nobody writes there meanwhile: by 2, no reference that came from the pointer is in
                // use, for `with` would have taken the pointer away.
                let scope = unsafe { (*context.as_ptr()).scope };
                // The context is not looked at any more. What the scope refers to lives until our caller returns, by 3.
                scope.is_requested()
            })
        })
        .unwrap_or(false)
}

/// What a child begins with that is spawned here: the bindings that it inherits, and the time.
///
/// The time is when this poll asked for it first: near enough for an age, and one look at the clock for all children that it
/// spawns. Outside of a poll of ours, now.
pub(crate) fn at_spawn() -> (Own, Moment) {
    with(|context| match context {
        Some(context) => {
            let own = Own::with(context.own.locals.clone());
            (own, context.time())
        }
        None => (Own::default(), Moment::now()),
    })
}

/// The time of a spawn: one for all that happen in one poll.
pub(crate) fn time_at_spawn() -> Moment {
    with(|context| match context {
        Some(context) => context.time(),
        None => Moment::now(),
    })
}

/// What a guard remembers of where it is made: the nursery, and what is bound.
pub(crate) fn birth() -> (Option<Weak<dyn Enclosing>>, TaskLocals) {
    with(|context| match context {
        Some(context) => (context.home.map(Home::weak), context.own.locals.clone()),
        None => (None, TaskLocals::default()),
    })
}

/// Notes that the current task gives way in the scope where it stands.
pub(crate) fn give_way() {
    with(|context| {
        if let Some(context) = context {
            context.give_way(context.scope.node());
        }
    });
}

/// The nursery in which the caller runs, if any.
pub(crate) fn home() -> Option<Arc<dyn Enclosing>> {
    with(|context| context?.home.map(Home::share))
}

/// The runtime of the nursery in which the caller runs, if any.
pub(crate) fn runtime() -> Option<AnyRuntime> {
    with(|context| Some(context?.home?.look().runtime().clone()))
}
