//! `tracing` spans around nurseries and children, where the feature is on; nothing where it is off.

use std::panic::Location;

use crate::Origin;
use crate::tree::Node;
#[cfg(feature = "tracing")]
use crate::unwind;

/// The span of one nursery or child.
#[derive(Debug)]
pub(crate) struct Span {
    #[cfg(feature = "tracing")]
    inner: tracing::Span,
}

#[cfg(feature = "tracing")]
impl Span {
    pub(crate) fn child(origin: impl FnOnce() -> Origin) -> Self {
        let origin = origin();
        let location = tracing::field::display(origin.location());
        Self {
            inner: tracing::debug_span!(target: "steadfast", "child", name = origin.name(), %location),
        }
    }

    pub(crate) fn nursery(node: &Node) -> Self {
        let origin = node.origin();
        let location = tracing::field::display(origin.location());
        Self {
            inner: tracing::debug_span!(target: "steadfast", "nursery", name = origin.name(), %location),
        }
    }

    pub(crate) fn enter(&self) -> impl Drop + '_ {
        self.inner.enter()
    }
}

#[cfg(not(feature = "tracing"))]
impl Span {
    pub(crate) fn child(_: impl FnOnce() -> Origin) -> Self {
        Self {}
    }

    pub(crate) const fn nursery(_: &Node) -> Self {
        Self {}
    }

    pub(crate) const fn enter(&self) -> Outside {
        Outside
    }
}

/// The span and the subscriber at a place, for spans that are made elsewhere as if they were made there.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    #[cfg(feature = "tracing")]
    inner: (tracing::Dispatch, tracing::Span),
}

#[cfg(feature = "tracing")]
impl Surroundings {
    pub(crate) fn here() -> Self {
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        Self {
            inner: (dispatch, tracing::Span::current()),
        }
    }

    /// The span of a child that was spawned there. If the subscriber panics, there is none.
    pub(crate) fn child(&self, location: &'static Location<'static>) -> Span {
        let (dispatch, around) = &self.inner;
        let make = || around.in_scope(|| Span::child(|| Origin::new(None, location)));
        let made = unwind::catch(|| tracing::dispatcher::with_default(dispatch, make));
        made.unwrap_or_else(|payload| {
            unwind::forget_payload(payload);
            Span {
                inner: tracing::Span::none(),
            }
        })
    }
}

#[cfg(not(feature = "tracing"))]
impl Surroundings {
    pub(crate) const fn here() -> Self {
        Self {}
    }

    pub(crate) const fn child(&self, _: &'static Location<'static>) -> Span {
        Span {}
    }
}

/// What stands for an entered span where there are none.
#[cfg(not(feature = "tracing"))]
pub(crate) struct Outside;

#[cfg(not(feature = "tracing"))]
impl Drop for Outside {
    fn drop(&mut self) {}
}
