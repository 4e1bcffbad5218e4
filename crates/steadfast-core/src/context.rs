//! What the code of a task can see without being handed it: its scope, its nursery, its clean-up queue.
//!
//! A task of ours owns a [`Context`]. It sits in a thread-local while the task is polled or dropped, and in the task
//! otherwise; [`install`] swaps the two, and swaps them back when its guard goes, also on unwinding. So a context is in
//! exactly one place, is never shared, and costs a move of a few words for each poll.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use crate::async_drop::Queue;
use crate::local::TaskLocals;
use crate::nursery::Enclosing;
use crate::sync::local;
use crate::tree::Node;

/// The ambient state of one task, or of one body.
pub(crate) struct Context {
    /// Where requests are seen.
    pub(crate) scope: Arc<Node>,
    /// The nursery that owns this task or body. `None` in a scope that was opened outside of any steadfast task.
    pub(crate) home: Option<Arc<dyn Enclosing>>,
    /// The number of this task among the children of `home`; 0 for a body.
    pub(crate) child: u64,
    /// This is blocking work, on a thread that polls nothing.
    pub(crate) may_block: bool,
    /// Clean-ups that this task owes.
    pub(crate) queue: Queue,
    /// Shields that have started and not ended inside the innermost region that may be dropped.
    pub(crate) shields: usize,
    /// Whether this task has given way to a request of its own scope.
    pub(crate) gave_way: GaveWay,
    /// The address of the scope that this task began with, as an identity.
    base: usize,
    /// The earliest deadline among the `timeout` regions around this point.
    pub(crate) timeout_at: Option<Instant>,
    /// What is bound at this point.
    pub(crate) locals: TaskLocals,
}

impl Context {
    /// A context that inherits what is bound where it is made.
    pub(crate) fn new(scope: Arc<Node>, home: Option<Arc<dyn Enclosing>>, child: u64) -> Self {
        Self {
            home,
            child,
            may_block: false,
            queue: Queue::default(),
            shields: 0,
            gave_way: GaveWay::No,
            base: Arc::as_ptr(&scope).addr(),
            scope,
            timeout_at: None,
            locals: TaskLocals::current(),
        }
    }

    /// Notes that the task gives way in `scope`. Counts only if its own scope has been asked to end, too: who gives way to a
    /// scope inside the task, or inside a shield, goes on as if nothing had happened.
    pub(crate) fn give_way(&mut self, scope: &Node) {
        if scope.is_requested_up_to(self.base) {
            self.gave_way = GaveWay::Now;
        }
    }

    /// A new poll begins.
    pub(crate) fn begin_poll(&mut self) {
        if self.gave_way == GaveWay::Now {
            self.gave_way = GaveWay::Before;
        }
    }
}

/// Whether a task has given way to a request of its own scope, rather than of a scope inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GaveWay {
    No,
    /// In this very poll: an error that the task ends with now is the request itself, passed on by `?`.
    Now,
    /// In an earlier poll: the task has awaited something since.
    Before,
}

local! {
    static CURRENT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// Looks at the current context. User code must not run inside `look`.
pub(crate) fn with<T>(look: impl FnOnce(Option<&mut Context>) -> T) -> T {
    // A thread whose locals are being destroyed has no task.
    let mut look = Some(look);
    let seen =
        CURRENT.try_with(|current| look.take().map(|look| look(current.borrow_mut().as_mut())));
    match (seen, look) {
        (Ok(Some(value)), _) => value,
        (_, Some(look)) => look(None),
        (_, None) => unreachable!("the closure has either run or is still here"),
    }
}

/// Makes `slot`'s context the current one until the guard goes. What was current waits in `slot` meanwhile.
pub(crate) fn install(slot: &mut Option<Context>) -> Installed<'_> {
    swap(slot);
    Installed { slot }
}

/// Runs `run` in `slot`'s context. If the context is part of another one's task (`shares`), shields that it raises hold there
/// as well: what must not be dropped inside must not be dropped around it either.
pub(crate) fn inside<T>(slot: &mut Option<Context>, shares: bool, run: impl FnOnce() -> T) -> T {
    let before = shields(slot);
    let value = {
        let _inside = install(slot);
        run()
    };
    let now = shields(slot);
    if shares && now != before {
        with(|context| {
            if let Some(context) = context {
                context.shields = (context.shields + now).saturating_sub(before);
            }
        });
    }
    value
}

fn shields(slot: &Option<Context>) -> usize {
    slot.as_ref().map_or(0, |context| context.shields)
}

pub(crate) struct Installed<'a> {
    slot: &'a mut Option<Context>,
}

impl Drop for Installed<'_> {
    fn drop(&mut self) {
        swap(self.slot);
    }
}

fn swap(slot: &mut Option<Context>) {
    _ = CURRENT.try_with(|current| std::mem::swap(&mut *current.borrow_mut(), slot));
}

/// Makes `node` the scope of the current task until the guard goes.
///
/// Outside of a steadfast task a context is made for the time of the guard.
pub(crate) fn enter(node: &Arc<Node>) -> Entered {
    let node = Arc::clone(node);
    let before = with(|context| match context {
        Some(context) => Ok(std::mem::replace(&mut context.scope, node)),
        None => Err(node),
    });
    match before {
        Ok(outer) => Entered::Scope(Some(outer)),
        Err(node) => {
            let mut slot = Some(Context::new(node, None, 0));
            swap(&mut slot);
            Entered::Fresh(slot)
        }
    }
}

pub(crate) enum Entered {
    Scope(Option<Arc<Node>>),
    Fresh(Option<Context>),
}

impl Drop for Entered {
    fn drop(&mut self) {
        match self {
            Self::Scope(outer) => {
                let inner = with(|context| match (context, outer.take()) {
                    (Some(context), Some(outer)) => {
                        Some(std::mem::replace(&mut context.scope, outer))
                    }
                    _ => None,
                });
                drop(inner);
            }
            Self::Fresh(slot) => swap(slot),
        }
    }
}

/// The scope in which the caller runs, if any.
pub(crate) fn scope() -> Option<Arc<Node>> {
    with(|context| context.map(|context| Arc::clone(&context.scope)))
}

/// Where a new node belongs: the scope in which the caller runs, and the child whose task it is.
pub(crate) fn place() -> (Option<Arc<Node>>, u64) {
    with(|context| match context {
        Some(context) => (Some(Arc::clone(&context.scope)), context.child),
        None => (None, 0),
    })
}

/// Notes that the current task gives way in the scope where it stands.
pub(crate) fn give_way() {
    with(|context| {
        if let Some(context) = context {
            let scope = Arc::clone(&context.scope);
            context.give_way(&scope);
        }
    });
}

/// The nursery in which the caller runs, if any.
pub(crate) fn home() -> Option<Arc<dyn Enclosing>> {
    with(|context| context.and_then(|context| context.home.clone()))
}
