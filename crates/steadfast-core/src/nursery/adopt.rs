//! What a nursery does for the nurseries inside it: lends its runtime, takes over what they leave behind.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::iter::{once_with, successors};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::roster::{ChildKind, ChildPhase, Newcomer, Ticket};
use super::sink::Forget;
use super::spawn::Plan;
use super::{Host, Inner, Post, Settings};
use crate::async_drop::{Item, Mishap};
use crate::context::Home;
use crate::faults::{Fault, is_planted};
use crate::origin::Name;
use crate::sync::{Mutex, lock, shared};
use crate::time::Moment;
use crate::tree::{Member, Members, Node};
use crate::{AnyRuntime, CancelReason, Origin, Report, Runtime, report};

/// Work that a nursery takes over.
pub(crate) type Rest = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A nursery, seen from inside: by its children's contexts, and by the nurseries that are opened there.
pub(crate) trait Enclosing: Members {
    fn node(&self) -> &Arc<Node>;
    fn runtime(&self) -> &AnyRuntime;
    fn settings(&self) -> Settings;
    fn child_name(&self, id: u64) -> Option<Name>;
    /// Records a clean-up that went wrong in one of its tasks.
    fn mishap(&self, mishap: Mishap);
    /// The nursery around this one or, if nothing is left of that, the next one.
    fn outer(&self) -> Option<Arc<dyn Enclosing>>;
    fn is_open(&self) -> bool;
    /// Counts a hold, unless closed.
    fn hold(&self) -> bool;
    /// Counts a hold out; returns the one that this frees further out.
    fn unhold(&self) -> Option<Hold>;
    /// Gives somebody who holds it a place in the roster.
    fn enlist(&self, newcomer: &Newcomer<'_>) -> Ticket;
    fn strike(&self, ticket: Ticket);
    /// The number of a child.
    fn number(&self, ticket: Ticket) -> u64;
    fn set_phase(&self, ticket: Ticket, phase: ChildPhase);
    fn set_waker(&self, ticket: Ticket, waker: &Waker);
    /// Takes over work that somebody dropped half-way, as one of the adopted `kind`s, or hands it back.
    fn take_over(self: Arc<Self>, rest: Rest, origin: &Origin, kind: ChildKind)
    -> Result<(), Rest>;
    /// Takes over a clean-up that no task of ours owes, or hands back one that it cannot run.
    fn take_clean_up(self: Arc<Self>, item: Item<'static>) -> Result<(), Item<'static>>;

    fn cleanup_budget(&self) -> Duration {
        self.settings().cleanup_budget
    }
}

/// Gives work that was dropped half-way to `home` or to the nearest nursery around that takes it; else to a root.
pub(crate) fn adopt(
    home: Option<Arc<dyn Enclosing>>,
    mut rest: Rest,
    origin: Origin,
    kind: ChildKind,
) {
    for nursery in outwards(home) {
        rest = match nursery.take_over(rest, &origin, kind) {
            Ok(()) => return,
            Err(rest) => rest,
        };
    }
    drop(rest);
    report::send(&Report::LostWork {
        origin,
        why: "it was dropped half-way, and no open nursery was left to finish it",
    });
}

/// Gives a clean-up that no task owes to `home` or to the nearest nursery around that takes it; else to a root. Where nobody
/// takes it, it is dropped and thereby reported.
pub(crate) fn reap(home: Option<Arc<dyn Enclosing>>, mut item: Item<'static>) {
    for nursery in outwards(home) {
        item = match nursery.take_clean_up(item) {
            Ok(()) => return,
            Err(item) => item,
        };
    }
}

/// `home`, the nurseries around it, then the open roots. A loop, so that depth costs no stack, and an end, although each of
/// two roots may be unable to take what the other one cannot.
fn outwards(home: Option<Arc<dyn Enclosing>>) -> impl Iterator<Item = Arc<dyn Enclosing>> {
    successors(home, |home| home.outer()).chain(once_with(open_roots).flatten())
}

/// Keeps a nursery open for one that was dropped inside it.
pub(crate) struct Hold {
    home: Option<Arc<dyn Enclosing>>,
}

impl Hold {
    /// A hold on `home` or, if that is closed, on the nearest open nursery around it; else on a root other than `asking`.
    pub(super) fn on(home: Option<Arc<dyn Enclosing>>, asking: &Arc<Node>) -> Option<Self> {
        if is_planted(Fault::ForgetsAdoption) {
            return None;
        }
        let mut next = home;
        while let Some(home) = next {
            if home.hold() {
                return Some(Self { home: Some(home) });
            }
            next = home.outer();
        }
        let root = open_roots().find(|root| !Arc::ptr_eq(root.node(), asking) && root.hold());
        root.map(|root| Self { home: Some(root) })
    }

    /// No hold at all: marks a nursery that drains without its future and without an owner.
    pub(super) const fn nobody() -> Self {
        Self { home: None }
    }

    /// Releases a hold, and those that this frees (invariant 3: in a loop).
    pub(super) fn release_all(hold: Option<Self>) {
        let mut next = hold;
        while let Some(mut hold) = next {
            next = hold.home.take().and_then(|home| home.unhold());
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.home.is_some() {
            Self::release_all(Some(Self {
                home: self.home.take(),
            }));
        }
    }
}

/// Work that a scope has taken over. The scope may be dropped before the work is done; then it goes to whoever is around.
///
/// It dies with a runtime, as every child does: those around may well be on the same one.
struct Lodger {
    rest: Option<Rest>,
    origin: Origin,
    kind: ChildKind,
    host: Arc<dyn Enclosing>,
    /// Set during each poll, and left set by one that panics: nobody could go on with it then.
    in_poll: bool,
}

impl Lodger {
    fn new(rest: Rest, origin: Origin, kind: ChildKind, host: Arc<dyn Enclosing>) -> Self {
        Self {
            rest: Some(rest),
            origin,
            kind,
            host,
            in_poll: false,
        }
    }

    /// Undoes the move in.
    fn into_rest(mut self) -> Rest {
        self.rest.take().expect("it has not been polled")
    }
}

impl Future for Lodger {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(rest) = &mut this.rest else {
            return Poll::Ready(());
        };
        this.in_poll = true;
        let polled = rest.as_mut().poll(cx);
        this.in_poll = false;
        if polled.is_ready() {
            this.rest = None;
        }
        polled
    }
}

impl Drop for Lodger {
    fn drop(&mut self) {
        if let Some(rest) = self.rest.take().filter(|_| !self.in_poll) {
            adopt(self.host.outer(), rest, self.origin.clone(), self.kind);
        }
    }
}

/// Clean-ups that have no task of their own. They run one at a time, in a child that lives only while there are any.
#[derive(Default)]
pub(super) struct Reaper {
    queue: VecDeque<Item<'static>>,
    running: bool,
    /// The number of the child that runs, or of the one that ran last.
    shift: u64,
}

impl Reaper {
    /// The number of a new child, if one is needed.
    fn begin(&mut self) -> Option<u64> {
        if std::mem::replace(&mut self.running, true) {
            return None;
        }
        self.shift += 1;
        Some(self.shift)
    }

    /// What the child of that number leaves, if it is still its turn.
    fn end(&mut self, shift: u64) -> VecDeque<Item<'static>> {
        if self.shift != shift {
            return VecDeque::new();
        }
        self.shift += 1;
        self.running = false;
        std::mem::take(&mut self.queue)
    }
}

impl<E: Send + 'static, R: Runtime> Home for Arc<Inner<E, R>> {
    fn share(&self) -> Arc<dyn Enclosing> {
        Self::clone(self)
    }

    fn weak(&self) -> Weak<dyn Enclosing> {
        Self::downgrade(self) as Weak<Inner<E, R>>
    }

    fn look(&self) -> &dyn Enclosing {
        &**self
    }
}

impl<E: Send + 'static, R: Runtime> Enclosing for Inner<E, R> {
    fn node(&self) -> &Arc<Node> {
        &self.node
    }

    fn runtime(&self) -> &AnyRuntime {
        &self.any
    }

    fn settings(&self) -> Settings {
        self.settings
    }

    fn child_name(&self, id: u64) -> Option<Name> {
        match id {
            0 => self.node.name().map(|name| Name::from(name.to_owned())),
            _ => self.roster.name(id),
        }
    }

    fn mishap(&self, mishap: Mishap) {
        self.mishap_of(mishap);
    }

    fn outer(&self) -> Option<Arc<dyn Enclosing>> {
        let held = lock(&self.enclosing).get();
        held.or_else(|| self.node.nursery_above())
    }

    fn is_open(&self) -> bool {
        !self.is_closed()
    }

    fn hold(&self) -> bool {
        self.tally.enter(Post::Foreground).is_some()
    }

    fn unhold(&self) -> Option<Hold> {
        self.leave_one(Post::Foreground)
    }

    fn enlist(&self, newcomer: &Newcomer<'_>) -> Ticket {
        let left = self.tally.left();
        let alive = left.foreground + left.background;
        self.roster.add(newcomer, Moment::now(), alive).0
    }

    fn strike(&self, ticket: Ticket) {
        self.roster.remove(ticket);
    }

    fn number(&self, ticket: Ticket) -> u64 {
        self.roster.number(ticket)
    }

    fn set_phase(&self, ticket: Ticket, phase: ChildPhase) {
        self.roster.set_phase(ticket, phase);
    }

    fn set_waker(&self, ticket: Ticket, waker: &Waker) {
        self.roster.set_waker(ticket, waker);
    }

    fn take_over(
        self: Arc<Self>,
        rest: Rest,
        origin: &Origin,
        kind: ChildKind,
    ) -> Result<(), Rest> {
        let plan = Plan {
            name: origin.name().map(|name| Name::from(name.to_owned())),
            location: origin.location(),
            number: None,
            kind,
            post: Post::Foreground,
            sink: Forget,
            permit: None,
            limited: false,
        };
        match self.host {
            Host::Runtime => self.launch(plan, rest).map_err(|refused| refused.future),
            Host::Task => {
                let lodger = Lodger::new(rest, origin.clone(), kind, Arc::clone(&self) as _);
                let launched = self.launch(plan, lodger);
                launched.map_err(|refused| refused.future.into_rest())
            }
        }
    }

    fn take_clean_up(self: Arc<Self>, item: Item<'static>) -> Result<(), Item<'static>> {
        // The hold spans the hand-over: either the child that runs now sees the item, or a new one is started.
        if !self.hold() {
            return Err(item);
        }
        let start = {
            let mut reaper = lock(&self.reaper);
            reaper.queue.push_back(item);
            reaper.begin()
        };
        let back = start.and_then(|shift| self.start_reaper(shift));
        self.leave(Post::Foreground);
        back.map_or(Ok(()), Err)
    }
}

impl<E: Send + 'static, R: Runtime> Inner<E, R> {
    /// Starts the child that runs the clean-ups. If nothing runs here any more, gives one of them back, and the others to the
    /// nursery around.
    fn start_reaper(self: &Arc<Self>, shift: u64) -> Option<Item<'static>> {
        let drain = self.drain(shift);
        let origin = Origin::new(Some(Name::from("reaper")), self.node.location);
        let refused = Arc::clone(self).take_over(Box::pin(drain), &origin, ChildKind::Adopted);
        let _unpolled = refused.err()?;
        // Before that is dropped, which would drop what is left.
        let mut left = lock(&self.reaper).end(shift);
        let back = left.pop_front();
        for item in left {
            reap(self.outer(), item);
        }
        back
    }

    fn drain(self: &Arc<Self>, shift: u64) -> impl Future<Output = ()> + use<E, R> {
        let mut rest = Undrained {
            nursery: Some(Arc::clone(self)),
            shift,
        };
        async move {
            while let Some(mut item) = rest.next() {
                if let Err(mishap) = poll_fn(|cx| item.poll(cx)).await {
                    mishap.tell();
                }
            }
        }
    }

    fn next_to_reap(&self) -> Option<Item<'static>> {
        let mut reaper = lock(&self.reaper);
        let next = reaper.queue.pop_front();
        reaper.running = next.is_some();
        next
    }
}

/// The clean-ups of a nursery, as its reaper sees them. Dropped by its runtime before it is done, it drops what is left, which is
/// reported thereby: nobody else would, and what a clean-up holds may hold the nursery in turn.
struct Undrained<E: Send + 'static, R: Runtime> {
    nursery: Option<Arc<Inner<E, R>>>,
    shift: u64,
}

impl<E: Send + 'static, R: Runtime> Undrained<E, R> {
    fn next(&mut self) -> Option<Item<'static>> {
        let next = self.nursery.as_ref()?.next_to_reap();
        if next.is_none() {
            self.nursery = None;
        }
        next
    }
}

impl<E: Send + 'static, R: Runtime> Drop for Undrained<E, R> {
    fn drop(&mut self) {
        if let Some(nursery) = self.nursery.take() {
            let left = lock(&nursery.reaper).end(self.shift);
            drop(left);
        }
    }
}

impl<E: Send + 'static, R: Runtime> Members for Inner<E, R> {
    fn list(&self) -> Vec<Member> {
        let mut members = self.roster.list();
        if let Some(room) = self.crowd.get() {
            room.each_seat(|seat| members.extend(self.roster.member(seat)));
            members.sort_by_key(|member| (member.born, member.id));
        }
        self.groups.list(&self.roster, &mut members);
        members
    }

    fn wake_all(&self) {
        for waker in self.roster.wakers() {
            waker.wake();
        }
    }
}

shared! {
    /// The roots that are open, oldest first, each with the address of its node for a name.
    static ROOTS: Mutex<Vec<(usize, Weak<dyn Enclosing>)>> = Mutex::new(Vec::new());
}

fn address(node: &Arc<Node>) -> usize {
    Arc::as_ptr(node).addr()
}

pub(super) fn add_root(root: &Arc<dyn Enclosing>) {
    lock(&ROOTS).push((address(root.node()), Arc::downgrade(root)));
}

pub(super) fn remove_root(node: &Arc<Node>) {
    lock(&ROOTS).retain(|(root, _)| *root != address(node));
}

/// The roots that are open, newest first.
fn open_roots() -> impl Iterator<Item = Arc<dyn Enclosing>> {
    let roots: Vec<_> = lock(&ROOTS)
        .iter()
        .filter_map(|(_, root)| root.upgrade())
        .collect();
    roots.into_iter().rev().filter(|root| root.is_open())
}

pub(crate) fn ask_roots_to_shut_down() {
    for root in open_roots() {
        root.node().request(CancelReason::Shutdown);
    }
}

#[cfg(all(test, not(steadfast_loom)))]
mod tests {
    use super::Reaper;

    #[test]
    fn a_child_whose_turn_is_over_takes_nothing_from_the_next_one() {
        let mut reaper = Reaper::default();
        let first = reaper.begin().expect("nobody runs");
        assert!(reaper.begin().is_none(), "one runs at a time");
        _ = reaper.end(first);
        let second = reaper.begin().expect("the first one has ended");
        // As the task of the first one does when it is dropped, after having ended.
        _ = reaper.end(first);
        assert!(reaper.begin().is_none(), "the second one still runs");
        _ = reaper.end(second);
        assert!(reaper.begin().is_some());
    }
}
