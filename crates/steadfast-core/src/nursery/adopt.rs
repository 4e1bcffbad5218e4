//! What a nursery does for the nurseries inside it: lends its runtime, takes over what they leave behind.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::roster::ChildKind;
use super::sink::Forget;
use super::spawn::Plan;
use super::{Inner, Post, Settings};
use crate::async_drop::{Item, Mishap};
use crate::faults::{Fault, is_planted};
use crate::origin::Name;
use crate::sync::{Mutex, lock, shared};
use crate::tree::{Member, Members, Node, next_id};
use crate::{AnyRuntime, CancelReason, Origin, Report, Runtime, report};

/// Work that a nursery takes over.
pub(crate) type Rest = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A nursery, seen from inside: by its children's contexts, and by the nurseries that are opened there.
pub(crate) trait Enclosing: Send + Sync {
    fn node(&self) -> &Arc<Node>;
    fn runtime(&self) -> &AnyRuntime;
    fn settings(&self) -> Settings;
    fn child_name(&self, id: u64) -> Option<Name>;
    /// Records a clean-up that went wrong in one of its tasks.
    fn mishap(&self, mishap: Mishap);
    /// The nursery around this one, until this one closes.
    fn outer(&self) -> Option<Arc<dyn Enclosing>>;
    fn is_open(&self) -> bool;
    /// Counts a hold, unless closed.
    fn hold(&self) -> bool;
    /// Counts a hold out; returns the one that this frees further out.
    fn unhold(&self) -> Option<Hold>;
    /// Takes over work that somebody dropped half-way, here or in the nearest open nursery around.
    fn adopt(self: Arc<Self>, rest: Rest, origin: Origin);
    /// Takes over a clean-up that no task of ours owes, here or in the nearest open nursery around.
    fn reap(self: Arc<Self>, item: Item<'static>);

    fn cleanup_budget(&self) -> Duration {
        self.settings().cleanup_budget
    }
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

/// Clean-ups that have no task of their own. They run one at a time, in a child that lives only while there are any.
#[derive(Default)]
pub(super) struct Reaper {
    queue: VecDeque<Item<'static>>,
    running: bool,
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
        lock(&self.enclosing).get()
    }

    fn is_open(&self) -> bool {
        !self.is_closed()
    }

    fn hold(&self) -> bool {
        self.tally.enter(Post::Foreground)
    }

    fn unhold(&self) -> Option<Hold> {
        self.leave_one(Post::Foreground)
    }

    fn adopt(self: Arc<Self>, rest: Rest, origin: Origin) {
        let Err(rest) = self.take_over(rest, &origin) else {
            return;
        };
        match self.outer().or_else(|| other_root(&self.node)) {
            Some(outer) => outer.adopt(rest, origin),
            None => {
                drop(rest);
                report::send(&Report::LostWork {
                    origin,
                    why: "it was dropped half-way, and no open nursery was left to finish it",
                });
            }
        }
    }

    fn reap(self: Arc<Self>, item: Item<'static>) {
        // The hold spans the hand-over: either the child that runs now sees the item, or a new one is started.
        if !self.hold() {
            match self.outer().or_else(|| other_root(&self.node)) {
                Some(outer) => outer.reap(item),
                None => drop(item),
            }
            return;
        }
        let start = {
            let mut reaper = lock(&self.reaper);
            reaper.queue.push_back(item);
            !std::mem::replace(&mut reaper.running, true)
        };
        if start {
            let nursery = Arc::clone(&self);
            let drain = async move {
                while let Some(mut item) = nursery.next_to_reap() {
                    if let Err(mishap) = poll_fn(|cx| item.poll(cx)).await {
                        mishap.tell();
                    }
                }
            };
            let origin = Origin::new(Some(Name::from("reaper")), self.node.location);
            if self.take_over(Box::pin(drain), &origin).is_err() {
                // Nothing runs here any more. Where nobody else is left, dropping the clean-ups reports them.
                let left = std::mem::take(&mut *lock(&self.reaper)).queue;
                for item in left {
                    match self.outer() {
                        Some(outer) => outer.reap(item),
                        None => drop(item),
                    }
                }
            }
        }
        self.leave(Post::Foreground);
    }
}

impl<E: Send + 'static, R: Runtime> Inner<E, R> {
    fn take_over(self: &Arc<Self>, rest: Rest, origin: &Origin) -> Result<(), Rest> {
        let plan = Plan {
            name: origin.name().map(|name| Name::from(name.to_owned())),
            location: origin.location(),
            id: next_id(),
            kind: ChildKind::Adopted,
            post: Post::Foreground,
            scope: Arc::clone(&self.node),
            sink: Forget,
            permit: None,
            limited: false,
        };
        self.launch(plan, rest).map_err(|refused| refused.future)
    }

    fn next_to_reap(&self) -> Option<Item<'static>> {
        let mut reaper = lock(&self.reaper);
        let next = reaper.queue.pop_front();
        reaper.running = next.is_some();
        next
    }
}

impl<E: Send + 'static, R: Runtime> Members for Inner<E, R> {
    fn list(&self) -> Vec<Member> {
        self.roster.list()
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

/// The root that was opened last among those that are open.
pub(crate) fn newest_root() -> Option<Arc<dyn Enclosing>> {
    open_roots().next()
}

/// A root to fall back on, other than the nursery that is asking.
fn other_root(asking: &Arc<Node>) -> Option<Arc<dyn Enclosing>> {
    open_roots().find(|root| !Arc::ptr_eq(root.node(), asking))
}

pub(crate) fn ask_roots_to_shut_down() {
    for root in open_roots() {
        root.node().request(CancelReason::Shutdown);
    }
}
