//! The scope tree: who is inside whom, and how a request travels.
//!
//! A [`Node`] stands for everything that can be asked to end: a nursery, a child with a handle, the background children of a
//! nursery, a cancel scope, a deadline, a shield. Children without a handle have no node; they see the node of their
//! nursery. Those with a handle have one from when it makes a difference ([`ChildScope`]). Requests travel down; nothing
//! travels up.
//!
//! # Invariants
//!
//! 1. A node is linked into its parent's `below` from its creation until its last strong reference is gone.
//! 2. `REQUESTED` is set, together with the reason, under the lock of that node's `links`, once, and never cleared.
//! 3. If a node is requested, every node below it that no shield separates from it is requested too, or is about to be by
//!    the thread that set the upper one. A node that is created below a requested node starts requested: it reads the
//!    parent's state and links itself under one lock of the parent.
//! 4. No thread holds two `links` locks at once, save a parent's and then that of a node that nobody else can see yet.
//! 5. No waker is cloned, woken or dropped under a lock.
//!
//! From 4 follows that locks cannot deadlock, and from 5 that user code never runs under one. A request is a loop over a
//! work list, so that depth costs no stack; so is the release of a long chain of parents ([`Node`]'s `Drop`).

use std::panic::Location;
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::Instant;

use slab::Slab;

use crate::cancel::CancelReason;
use crate::faults::{Fault, is_planted, unless};
use crate::nursery::Enclosing;
use crate::origin::{Name, Origin};
use crate::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use crate::sync::{AtomicWaker, Mutex, OnceLock, lock, shared};

mod lazy;
mod render;

pub(crate) use self::lazy::{ChildScope, CleanUpScope};
pub(crate) use self::render::Excerpt;
pub use self::render::Tree;

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Root,
    Nursery,
    /// Owns children inside one task.
    TaskScope,
    Background,
    Child,
    Scope,
    Deadline,
    Shield,
    CleanUp,
}

impl Kind {
    /// Whether requests and aborts from above end here.
    pub(crate) const fn is_shield(self) -> bool {
        matches!(self, Self::Shield | Self::CleanUp)
    }
}

/// The bits of a node's state word.
mod bit {
    /// The work below has been asked to end.
    pub(super) const REQUESTED: u8 = 1;
    /// The request was made of this node, not of one above it.
    pub(super) const ORIGIN: u8 = 2;
    /// Somebody gave way, and this node takes the credit.
    pub(super) const SEEN: u8 = 4;
    /// Grace is over: children that do not hold a shield are dropped at their next suspension.
    pub(super) const ABORTED: u8 = 8;
    /// Who owned the node has returned. A thread that was the last to leave a nursery may keep it, and those above, longer.
    pub(super) const RETURNED: u8 = 16;
    /// The body of a nursery has ended, and its exit waits.
    pub(super) const EXITING: u8 = 32;
    /// A deadline of its own has been set; it may have been moved away since.
    pub(super) const TIMED: u8 = 64;
}

/// A nursery, seen by the tree: its children and the work of waking them.
pub(crate) trait Members: Send + Sync {
    /// Lists the children that are alive.
    fn list(&self) -> Vec<Member>;
    /// Wakes the tasks of all children.
    fn wake_all(&self);
}

/// One child of a nursery, as the tree shows it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: u64,
    pub(crate) origin: Origin,
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
    /// It has a scope of its own, whether or not there is a node for it.
    pub(crate) has_scope: bool,
    pub(crate) born: Instant,
}

pub(crate) struct Node {
    pub(crate) kind: Kind,
    name: Option<Name>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) born: Instant,
    /// The child of the nursery above, in whose task this node lives; 0 for its body.
    pub(crate) owner: u64,
    /// An abort can reach this node: itself or one above has a grace period.
    pub(crate) abortable: bool,
    parent: Option<Arc<Node>>,
    /// Its place in `below` of its parent, or among those at the top. Std's own atomic: it is written once, by whoever makes the
    /// node, and read when nobody else has it.
    key: std::sync::atomic::AtomicUsize,
    state: AtomicU8,
    reason: OnceLock<CancelReason>,
    links: Mutex<Links>,
    deadline: Mutex<Option<Instant>>,
    /// Whoever runs the timer of `deadline`.
    pub(crate) timer: AtomicWaker,
    /// The nursery that it stands for, if it does.
    members: Option<Weak<dyn Enclosing>>,
}

#[derive(Default)]
struct Links {
    below: Slab<Weak<Node>>,
    waiters: Slab<Waker>,
}

/// No key.
const NOWHERE: usize = usize::MAX;

/// What a new node is made of.
pub(crate) struct Seed {
    pub(crate) kind: Kind,
    pub(crate) name: Option<Name>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) owner: u64,
    pub(crate) parent: Option<Arc<Node>>,
    pub(crate) has_grace: bool,
    pub(crate) deadline: Option<Instant>,
    pub(crate) members: Option<Weak<dyn Enclosing>>,
}

impl Seed {
    pub(crate) fn new(kind: Kind, location: &'static Location<'static>) -> Self {
        Self {
            kind,
            name: None,
            location,
            owner: 0,
            parent: None,
            has_grace: false,
            deadline: None,
            members: None,
        }
    }
}

impl Node {
    pub(crate) fn new(seed: Seed) -> Arc<Self> {
        let above = seed.parent.as_ref();
        let inherited = !seed.kind.is_shield() && above.is_some_and(|node| node.abortable);
        let node = Arc::new(Self {
            kind: seed.kind,
            name: seed.name,
            location: seed.location,
            born: Instant::now(),
            owner: seed.owner,
            abortable: seed.has_grace || inherited,
            parent: seed.parent,
            key: NOWHERE.into(),
            state: AtomicU8::new(if seed.deadline.is_some() {
                bit::TIMED
            } else {
                0
            }),
            reason: OnceLock::new(),
            links: Mutex::default(),
            deadline: Mutex::new(seed.deadline),
            timer: AtomicWaker::new(),
            members: seed.members,
        });
        match &node.parent {
            Some(parent) => parent.link(&node),
            None => node.set_key(lock(&TOP).insert(Arc::downgrade(&node))),
        }
        node
    }

    /// Invariants 1 and 3: links `node` below `self` and hands the request and the abort on, under one lock of `self`.
    fn link(&self, node: &Arc<Node>) {
        let mut links = lock(&self.links);
        node.set_key(links.below.insert(Arc::downgrade(node)));
        let state = self.state.load(Ordering::Acquire);
        if node.kind.is_shield() || state & bit::REQUESTED == 0 {
            return;
        }
        if let Some(reason) = self.reason.get() {
            _ = node.reason.set(reason.clone());
        }
        let handed_on = state & (bit::REQUESTED | bit::ABORTED);
        node.state.fetch_or(handed_on, Ordering::Release);
    }

    /// Whoever has the node was given it by the one who made it, so that this needs no order.
    fn set_key(&self, key: usize) {
        self.key.store(key, Ordering::Relaxed);
    }

    fn take_key(&mut self) -> Option<usize> {
        let key = std::mem::replace(self.key.get_mut(), NOWHERE);
        (key != NOWHERE).then_some(key)
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin::new(self.name.clone(), self.location)
    }

    #[inline]
    pub(crate) fn is_requested(&self) -> bool {
        self.state.load(Ordering::Acquire) & bit::REQUESTED != 0
    }

    pub(crate) fn is_origin(&self) -> bool {
        self.state.load(Ordering::Acquire) & bit::ORIGIN != 0
    }

    pub(crate) fn is_seen(&self) -> bool {
        self.state.load(Ordering::Acquire) & bit::SEEN != 0
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.state.load(Ordering::Acquire) & bit::ABORTED != 0
    }

    /// Its owner is gone: from now on the tree shows it only for what outlives it below.
    pub(crate) fn mark_returned(&self) {
        self.state.fetch_or(bit::RETURNED, Ordering::Release);
    }

    pub(crate) fn has_returned(&self) -> bool {
        self.state.load(Ordering::Acquire) & bit::RETURNED != 0
    }

    pub(crate) fn mark_exiting(&self) {
        self.state.fetch_or(bit::EXITING, Ordering::Relaxed);
    }

    pub(crate) fn is_exiting(&self) -> bool {
        self.state.load(Ordering::Relaxed) & bit::EXITING != 0
    }

    /// The nursery that it stands for, while there is anything left of it.
    pub(crate) fn members(&self) -> Option<Arc<dyn Enclosing>> {
        self.members.as_ref().and_then(Weak::upgrade)
    }

    /// Whether the request reaches from the node at address `above`, which is this one or one above it, down to here.
    pub(crate) fn is_requested_up_to(&self, above: usize) -> bool {
        let mut node = Some(self);
        while let Some(here) = node {
            if std::ptr::from_ref(here).addr() == above {
                return here.is_requested();
            }
            node = if here.kind.is_shield() {
                None
            } else {
                here.parent.as_deref()
            };
        }
        false
    }

    /// The nearest nursery above of which anything is left. Nodes hold those above them, so that it is found also where those
    /// between have closed and are gone.
    pub(crate) fn nursery_above(&self) -> Option<Arc<dyn Enclosing>> {
        let mut above = self.parent.as_deref();
        while let Some(node) = above {
            let nursery = node.members();
            if nursery.is_some() {
                return nursery;
            }
            above = node.parent.as_deref();
        }
        None
    }

    /// The reason, once requested.
    pub(crate) fn reason(&self) -> Option<&CancelReason> {
        // The flag is read first: the reason is set before it, so a caller that sees the flag finds a reason.
        self.is_requested().then(|| self.reason.get()).flatten()
    }

    /// Asks everything below to end. `false` if that had been asked already, here or above.
    pub(crate) fn request(self: &Arc<Self>, reason: CancelReason) -> bool {
        let Some(mut work) = self.mark_requested(&reason, bit::ORIGIN) else {
            return false;
        };
        while let Some(node) = work.pop() {
            if !node.kind.is_shield() {
                work.extend(node.mark_requested(&reason, 0).unwrap_or_default());
            }
        }
        true
    }

    /// Invariant 2. Returns the nodes below, or nothing if the node had been requested before.
    fn mark_requested(&self, reason: &CancelReason, also: u8) -> Option<Vec<Arc<Node>>> {
        let (below, waiters) = {
            let mut links = lock(&self.links);
            if self.is_requested() {
                return None;
            }
            _ = self.reason.set(reason.clone());
            let order = unless(Fault::RequestsRelaxed, Ordering::Release);
            self.state.fetch_or(bit::REQUESTED | also, order);
            (links.nodes_below(), std::mem::take(&mut links.waiters))
        };
        for (_, waker) in waiters {
            if is_planted(Fault::WakesNobody) {
                continue;
            }
            waker.wake();
        }
        Some(below)
    }

    /// Ends the grace of everything below that no shield protects.
    ///
    /// Tasks are woken only when all nodes are marked: a child may look at a node further down than its nursery's.
    pub(crate) fn abort(self: &Arc<Self>) {
        let mut nurseries = Vec::new();
        let mut work = vec![Arc::clone(self)];
        while let Some(node) = work.pop() {
            let below = {
                let links = lock(&node.links);
                node.state.fetch_or(bit::ABORTED, Ordering::Release);
                links.nodes_below()
            };
            nurseries.extend(node.members());
            work.extend(below.into_iter().filter(|node| !node.kind.is_shield()));
        }
        for members in nurseries {
            members.wake_all();
        }
    }

    /// Gives the credit for a cancellation that somebody gave way to: to the outermost node that was asked itself, as far
    /// as no shield lies between.
    pub(crate) fn mark_seen(&self) {
        let mut credit = None;
        let mut node = Some(self);
        while let Some(here) = node.filter(|node| node.is_requested()) {
            if here.is_origin() {
                credit = Some(here);
            }
            node = if here.kind.is_shield() {
                None
            } else {
                here.parent.as_deref()
            };
        }
        if let Some(credit) = credit {
            credit.state.fetch_or(bit::SEEN, Ordering::Release);
        }
    }

    /// Leaves `waker` to be woken by a request. `true` if there is one already, and then nothing was left.
    ///
    /// `key` is the caller's place; give it to [`forget`](Self::forget) when the wait is over.
    pub(crate) fn wait(&self, key: &mut Option<usize>, waker: &Waker) -> bool {
        let fresh = waker.clone();
        let stale = {
            let mut links = lock(&self.links);
            if self.is_requested() {
                *key = None;
                drop(links);
                return true;
            }
            match *key {
                Some(key) => Some(std::mem::replace(&mut links.waiters[key], fresh)),
                None => {
                    *key = Some(links.waiters.insert(fresh));
                    None
                }
            }
        };
        drop(stale);
        false
    }

    /// Takes back what [`wait`](Self::wait) left.
    pub(crate) fn forget(&self, key: &mut Option<usize>) {
        let Some(key) = key.take() else { return };
        let stale = {
            let mut links = lock(&self.links);
            // A request has emptied the list; the key is void then.
            (!self.is_requested()).then(|| links.waiters.remove(key))
        };
        drop(stale);
    }

    pub(crate) fn own_deadline(&self) -> Option<Instant> {
        self.is_timed().then(|| *lock(&self.deadline)).flatten()
    }

    /// Whether it has, or has had, a deadline of its own.
    pub(crate) fn is_timed(&self) -> bool {
        // Whoever must not miss a deadline that is being set registers with `timer`, which is woken after the mark, and looks then.
        self.state.load(Ordering::Acquire) & bit::TIMED != 0
    }

    /// Moves the deadline and tells whoever runs its timer.
    pub(crate) fn set_deadline(&self, at: Option<Instant>) {
        *lock(&self.deadline) = at;
        self.state.fetch_or(bit::TIMED, Ordering::Release);
        self.timer.wake();
    }

    /// The earliest deadline from here up to the nearest shield, that shield included.
    pub(crate) fn effective_deadline(&self) -> Option<Instant> {
        let mut earliest = None;
        let mut node = Some(self);
        while let Some(here) = node {
            earliest = match (earliest, here.own_deadline()) {
                (Some(a), Some(b)) => Some(std::cmp::min(a, b)),
                (a, b) => a.or(b),
            };
            node = if here.kind.is_shield() {
                None
            } else {
                here.parent.as_deref()
            };
        }
        earliest
    }

    pub(crate) fn nodes_below(&self) -> Vec<Arc<Node>> {
        lock(&self.links).nodes_below()
    }
}

/// A node, held by the future that it stands for. When that goes, the node has returned, whoever else holds it.
pub(crate) struct Owned(Arc<Node>);

impl Owned {
    pub(crate) fn new(seed: Seed) -> Self {
        Self(Node::new(seed))
    }
}

impl std::ops::Deref for Owned {
    type Target = Arc<Node>;

    fn deref(&self) -> &Arc<Node> {
        &self.0
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.mark_returned();
    }
}

impl Links {
    fn nodes_below(&self) -> Vec<Arc<Node>> {
        self.below
            .iter()
            .filter_map(|(_, node)| node.upgrade())
            .collect()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let mut key = self.take_key();
        let mut parent = self.parent.take();
        if parent.is_none() {
            key.map(|key| lock(&TOP).try_remove(key));
            return;
        }
        // A chain of nodes that each hold the last reference to the next is taken apart here, link by link.
        while let Some(node) = parent {
            if let Some(key) = key.take() {
                lock(&node.links).below.try_remove(key);
            }
            match Arc::into_inner(node) {
                Some(mut last) if last.parent.is_some() => {
                    key = last.take_key();
                    parent = last.parent.take();
                }
                _ => return,
            }
        }
    }
}

shared! {
    /// The nodes that have no parent: roots, and scopes opened outside of any steadfast task.
    static TOP: Mutex<Slab<Weak<Node>>> = Mutex::new(Slab::new());
}

pub(crate) fn top_nodes() -> Vec<Arc<Node>> {
    lock(&TOP)
        .iter()
        .filter_map(|(_, node)| node.upgrade())
        .collect()
}

/// The number of the next child, unique in the process; 0 is never given.
pub(crate) fn next_id() -> u64 {
    shared! {
        static NEXT: AtomicU64 = AtomicU64::new(1);
    }
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[cfg(all(test, not(steadfast_loom)))]
mod tests;
