//! Scopes that few tasks ever need: each becomes a node when somebody holds it, waits in it, or opens something below it.
//!
//! Until then it is as if the node were there: while nothing is asked of the scope above, nothing would have been handed on.
//! Whoever makes the node links it below that scope, and thereby takes over what has been asked for there (invariant 3 of the
//! tree). Nobody can tell when that was.

use std::cell::OnceCell;
use std::panic::Location;
use std::sync::Arc;

use super::{Kind, Node, Owned, Seed};
use crate::CancelReason;
use crate::origin::{Name, Origin};
use crate::sync::OnceLock;
use crate::sync::atomic::{AtomicU64, Ordering};

/// The scope of one child alone, so that its handle can ask it to end.
pub(crate) struct ChildScope {
    above: Arc<Node>,
    name: Option<Name>,
    location: &'static Location<'static>,
    /// The number of the child; 0 until it has one.
    number: AtomicU64,
    node: OnceLock<Arc<Node>>,
}

impl ChildScope {
    pub(crate) fn new(
        above: &Arc<Node>,
        name: Option<Name>,
        location: &'static Location<'static>,
    ) -> Self {
        Self {
            above: Arc::clone(above),
            name,
            location,
            number: AtomicU64::new(0),
            node: OnceLock::new(),
        }
    }

    /// Says which child of the nursery this is. Comes before anybody else sees the scope, so that it needs no order.
    pub(crate) fn set_number(&self, number: u64) {
        self.number.store(number, Ordering::Relaxed);
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin::new(self.name.clone(), self.location)
    }

    pub(crate) fn node(&self) -> &Arc<Node> {
        self.node.get_or_init(|| {
            Node::new(Seed {
                name: self.name.clone(),
                parent: Some(Arc::clone(&self.above)),
                owner: self.number.load(Ordering::Relaxed),
                ..Seed::new(Kind::Child, self.location)
            })
        })
    }

    /// The node, if a request may have reached it. There is none where nobody has asked for one and nothing is asked above.
    ///
    /// Looks go by the node alone from when it is there, also while it is being made by another thread: a request from above that
    /// has not come down to it yet is not seen now and missed by the next look.
    fn asked(&self) -> Option<&Arc<Node>> {
        match self.node.get() {
            None if !self.above.is_requested() => None,
            _ => Some(self.node()),
        }
    }

    pub(crate) fn is_requested(&self) -> bool {
        self.asked().is_some_and(|node| node.is_requested())
    }

    pub(crate) fn reason(&self) -> Option<&CancelReason> {
        self.asked()?.reason()
    }

    pub(crate) fn is_abortable(&self) -> bool {
        self.above.abortable
    }

    /// An abort comes after a request, and marks all nodes before it wakes anybody.
    pub(crate) fn is_aborted(&self) -> bool {
        self.asked().is_some_and(|node| node.is_aborted())
    }
}

/// The scope of a clean-up, under a shield: what is asked for around it does not come in. Mostly a clean-up is done at its first
/// poll and has not looked.
pub(crate) struct CleanUpScope {
    type_name: fn() -> &'static str,
    birthplace: &'static Location<'static>,
    node: OnceCell<Owned>,
}

impl CleanUpScope {
    /// For a value of the type of that name, guarded there.
    pub(crate) const fn new(
        type_name: fn() -> &'static str,
        birthplace: &'static Location<'static>,
    ) -> Self {
        Self {
            type_name,
            birthplace,
            node: OnceCell::new(),
        }
    }

    pub(crate) fn type_name(&self) -> &'static str {
        (self.type_name)()
    }

    pub(crate) const fn birthplace(&self) -> Origin {
        Origin::at(self.birthplace)
    }

    /// The node; if there is none yet, it is made below what `place` tells, for the child of that number.
    pub(crate) fn node(&self, place: impl FnOnce() -> (Option<Arc<Node>>, u64)) -> &Arc<Node> {
        self.node.get_or_init(|| {
            let (parent, owner) = place();
            Owned::new(Seed {
                parent,
                owner,
                name: Some(self.type_name().into()),
                ..Seed::new(Kind::CleanUp, self.birthplace)
            })
        })
    }

    /// The node, if it is there. Without one, nobody has asked the clean-up to end.
    pub(crate) fn known(&self) -> Option<&Arc<Node>> {
        self.node.get().map(|node| &**node)
    }
}
