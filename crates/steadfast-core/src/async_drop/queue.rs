//! The clean-ups that a task owes.

use std::any::type_name;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::{Pin, pin};
use std::sync::Weak;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::context::{self, GaveWay};
use crate::faults::{Fault, is_planted};
use crate::nursery::{Enclosing, reap};
use crate::time::Countdown;
use crate::tree::CleanUpScope;
use crate::unwind::{self, Payload};
use crate::{AsyncDrop, Origin, Report, TaskLocals, report};

/// The clean-ups of one task, in drop order. Empty, it is one word and has allocated nothing.
#[derive(Default)]
pub(crate) struct Queue(Option<Box<Owed>>);

#[derive(Default)]
struct Owed {
    items: VecDeque<Item<'static>>,
    /// An item is being polled, and will be put back at the front if it is not done.
    busy: bool,
    /// Waiting in [`settle`] for the queue to run empty.
    settlers: Vec<Waker>,
}

impl Queue {
    pub(crate) fn push(&mut self, item: Item<'static>) {
        self.0.get_or_insert_default().items.push_back(item);
    }

    /// Whether it has never been used, so that there is nothing to drop.
    #[inline]
    pub(crate) const fn is_blank(&self) -> bool {
        self.0.is_none()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0
            .as_ref()
            .is_none_or(|owed| owed.items.is_empty() && !owed.busy)
    }

    /// Moves everything out, for somebody else to run.
    pub(crate) fn take(&mut self) -> VecDeque<Item<'static>> {
        self.0.take().map(|owed| owed.items).unwrap_or_default()
    }

    /// A clean-up that has begun and is not done lies at the front.
    fn front_has_begun(&self) -> bool {
        let front = self.0.as_ref().and_then(|owed| owed.items.front());
        front.is_some_and(Item::has_begun)
    }

    fn begin(&mut self) -> Option<Item<'static>> {
        let owed = self.0.as_mut()?;
        let item = owed.items.pop_front()?;
        owed.busy = true;
        Some(item)
    }

    fn end(&mut self, unfinished: Option<Item<'static>>) {
        if let Some(owed) = self.0.as_mut() {
            owed.busy = false;
            if let Some(item) = unfinished {
                owed.items.push_front(item);
            }
        }
    }

    fn settlers(&mut self) -> Vec<Waker> {
        self.0
            .as_mut()
            .map(|owed| std::mem::take(&mut owed.settlers))
            .unwrap_or_default()
    }
}

/// Drives the clean-ups of the current task, one at a time. Ready when none is left.
///
/// The context stays installed, so that guards which a clean-up drops join the same queue.
pub(crate) fn poll_current(cx: &mut Context<'_>) -> Poll<()> {
    poll_while(|_| true, cx)
}

/// Drives the clean-up that has begun, if one has, and begins none.
pub(crate) fn poll_begun(cx: &mut Context<'_>) {
    _ = poll_while(Queue::front_has_begun, cx);
}

fn poll_while(wanted: impl Fn(&Queue) -> bool, cx: &mut Context<'_>) -> Poll<()> {
    loop {
        let next = context::with(|context| {
            let queue = &mut context?.own.queue;
            wanted(queue).then(|| queue.begin()).flatten()
        });
        let Some(mut item) = next else {
            return poll_empty();
        };
        let polled = item.poll(cx);
        let unfinished = if polled.is_pending() {
            Some(item)
        } else {
            None
        };
        context::with(|context| {
            if let Some(context) = context {
                context.own.queue.end(unfinished);
            }
        });
        match polled {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(mishap)) => mishap.tell(),
        }
    }
}

/// Nothing could be begun: either there is nothing, or a clean-up that is being polled right now awaits [`settle`].
fn poll_empty() -> Poll<()> {
    let (empty, settlers) = context::with(|context| match context {
        Some(context) if context.own.queue.is_empty() => (true, context.own.queue.settlers()),
        Some(_) => (false, Vec::new()),
        None => (true, Vec::new()),
    });
    settlers.into_iter().for_each(Waker::wake);
    if empty {
        Poll::Ready(())
    } else {
        Poll::Pending
    }
}

/// Waits until the clean-ups that this task owes so far are done.
///
/// Use it where the next statement relies on what a dropped guard releases: the file that is opened again, the place in a
/// pool. Outside of a steadfast task nothing is owed, and it is ready at once.
///
/// Called by a clean-up itself, it does not wait for that clean-up.
///
/// # Cancel safety
///
/// Dropping it loses nothing: the clean-ups stay with the task.
pub async fn settle() {
    poll_fn(|cx| {
        let fresh = cx.waker().clone();
        let cleaning = context::with(|context| {
            let owed = context.and_then(|context| context.own.queue.0.as_mut());
            owed.is_some_and(|owed| {
                if !owed.busy && !owed.settlers.iter().any(|waker| waker.will_wake(&fresh)) {
                    owed.settlers.push(fresh.clone());
                }
                owed.busy
            })
        });
        if cleaning {
            Poll::Ready(())
        } else {
            poll_current(cx)
        }
    })
    .await;
}

/// One clean-up: the value and the future that releases it.
pub(crate) struct Item<'a> {
    future: Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>,
    /// The value's own scope. There is a node from the first poll on, if that does not end it.
    scope: CleanUpScope,
    /// What it sees bound.
    locals: TaskLocals,
    // Boxed, because few have one.
    alarm: Option<Box<Countdown>>,
}

impl<'a> Item<'a> {
    pub(crate) fn new<T: AsyncDrop + Send + 'a>(
        value: T,
        birthplace: &'static Location<'static>,
        locals: TaskLocals,
    ) -> Self {
        let release = async move {
            let mut value = pin!(value);
            value.as_mut().async_drop().await;
            if is_planted(Fault::CleansUpTwice) {
                value.as_mut().async_drop().await;
            }
        };
        Self {
            future: Some(Box::pin(release)),
            scope: CleanUpScope::new(type_name::<T>, birthplace),
            locals,
            alarm: None,
        }
    }

    fn has_begun(&self) -> bool {
        self.scope.known().is_some()
    }

    /// Polls the clean-up under its shield, its catch and its budget.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Mishap>> {
        let Self {
            future,
            scope,
            locals,
            alarm,
        } = self;
        let polled = context::clean_up(scope, locals, || poll_inside(future, alarm, cx));
        if polled.is_pending() {
            // Now it shows in the tree.
            scope.node(context::place);
        }
        polled.map_err(|kind| Mishap {
            type_name: scope.type_name(),
            birthplace: scope.birthplace(),
            kind,
        })
    }
}

fn poll_inside<F>(
    future: &mut Option<Pin<Box<F>>>,
    alarm: &mut Option<Box<Countdown>>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), MishapKind>>
where
    F: Future<Output = ()> + ?Sized,
{
    let polled = match future {
        Some(future) => unwind::catch(|| future.as_mut().poll(cx)),
        None => return Poll::Ready(Ok(())),
    };
    let end = match polled {
        Ok(Poll::Pending) => match poll_budget(alarm, cx) {
            Some(budget) => Err(MishapKind::Overran(budget)),
            None => return Poll::Pending,
        },
        Ok(Poll::Ready(())) => Ok(()),
        Err(payload) => Err(MishapKind::Panicked(payload)),
    };
    match (unwind::drop_caught(future.take()), end) {
        (Err(payload), Ok(())) => Poll::Ready(Err(MishapKind::Panicked(payload))),
        (Err(payload), Err(first)) => {
            unwind::forget_payload(payload);
            Poll::Ready(Err(first))
        }
        (Ok(()), end) => Poll::Ready(end),
    }
}

/// The budget, if it is used up.
fn poll_budget(alarm: &mut Option<Box<Countdown>>, cx: &mut Context<'_>) -> Option<Duration> {
    let home = context::home()?;
    let budget = home.cleanup_budget();
    let alarm =
        alarm.get_or_insert_with(|| Box::new(Countdown::start_if_possible(home.runtime(), budget)));
    alarm.rings(cx).then_some(budget)
}

impl Drop for Item<'_> {
    fn drop(&mut self) {
        let Some(future) = self.future.take() else {
            return;
        };
        let outside = Outside::hide();
        if let Err(payload) = unwind::drop_caught(future) {
            unwind::forget_payload(payload);
        }
        drop(outside);
        report::send(&Report::LostCleanup {
            type_name: self.scope.type_name(),
            birthplace: self.scope.birthplace(),
            why: "the task that owed it was dropped by its runtime, or there is no root to hand it to",
        });
    }
}

/// Keeps what the task around has seen from the destructor of a clean-up, and the other way round.
struct Outside {
    gave_way: GaveWay,
    timeout_at: Option<std::time::Instant>,
    shields: u32,
}

impl Outside {
    fn hide() -> Self {
        context::with(|context| match context {
            Some(context) => Self {
                gave_way: std::mem::replace(&mut context.own.gave_way, GaveWay::No),
                timeout_at: context.timeout_at.take(),
                shields: std::mem::take(&mut context.own.shields),
            },
            None => Self {
                gave_way: GaveWay::No,
                timeout_at: None,
                shields: 0,
            },
        })
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        context::with(|context| {
            if let Some(context) = context {
                context.own.gave_way = self.gave_way;
                context.timeout_at = self.timeout_at;
                context.own.shields = self.shields;
            }
        });
    }
}

/// A clean-up that went wrong.
pub(crate) struct Mishap {
    pub(crate) type_name: &'static str,
    pub(crate) birthplace: Origin,
    pub(crate) kind: MishapKind,
}

pub(crate) enum MishapKind {
    Panicked(Payload),
    Overran(Duration),
}

impl Mishap {
    /// Tells the nursery of the current task; where there is none, the report hook.
    pub(crate) fn tell(self) {
        match context::home() {
            Some(home) => home.mishap(self),
            None => self.report(),
        }
    }

    pub(crate) fn report(self) {
        let what = match self.kind {
            MishapKind::Panicked(payload) => {
                let what = format!("panicked: {}", unwind::message(&*payload));
                unwind::forget_payload(payload);
                what
            }
            MishapKind::Overran(budget) => {
                format!("took longer than its budget of {budget:?} and was dropped")
            }
        };
        report::send(&Report::FailedCleanup {
            type_name: self.type_name,
            birthplace: self.birthplace,
            what,
        });
    }
}

/// Finds somebody who will run a clean-up: the current task; else the nursery `born` or the nearest open one around it; else
/// the newest root. Where there is nobody, the item is dropped and thereby reported.
pub(crate) fn hand_over(item: Item<'static>, born: Option<&Weak<dyn Enclosing>>) {
    let mut item = Some(item);
    context::with(|context| {
        if let Some(context) = context.filter(|context| context.home.is_some()) {
            if let Some(item) = item.take() {
                context.own.queue.push(item);
            }
        }
    });
    let Some(item) = item else { return };
    reap(born.and_then(Weak::upgrade), item);
}
