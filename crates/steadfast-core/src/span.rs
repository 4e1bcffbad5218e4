//! `tracing` spans around nurseries and children, where the feature is on; nothing where it is off.

use crate::Origin;
use crate::tree::Node;

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

/// What stands for an entered span where there are none.
#[cfg(not(feature = "tracing"))]
pub(crate) struct Outside;

#[cfg(not(feature = "tracing"))]
impl Drop for Outside {
    fn drop(&mut self) {}
}
