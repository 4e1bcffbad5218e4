//! Data that a nursery lends to its children, and gives back.
//!
//! A layer over [`Builder::run`]: the data lies behind one counted pointer, of which the call keeps a clone. A child is gone, its
//! captures included, before it is counted out (invariant 1 of the nursery), so that the call's clone is the last one when the
//! nursery returns, unless another one was carried out of it.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;

use super::{Never, Nursery, NurseryError};
use crate::{Builder, Source};

/// Data that a nursery has lent to its body and children. Cheap to clone; reads like `&D`.
pub struct Lent<D>(Arc<D>);

impl<D> Lent<D> {
    /// The data, if nobody else has a part in it.
    ///
    /// # Errors
    ///
    /// [`StillLent`], which hands this back.
    pub fn into_inner(self) -> Result<D, StillLent<D>> {
        Arc::try_unwrap(self.0).map_err(|data| StillLent(Self(data)))
    }
}

impl<D> Deref for Lent<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.0
    }
}

impl<D> Clone for Lent<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: fmt::Debug> fmt::Debug for Lent<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lent").field(&self.0).finish()
    }
}

/// Somebody has carried a [`Lent`] out of the nursery, so that the data cannot be given back yet.
///
/// That is possible in a value of the body or of a child, in a static, in a channel, or in work that was taken over by an outer
/// nursery. Nothing is lost: [`into_lent`](Self::into_lent) reads the data, and gives them back when the others are gone.
pub struct StillLent<D>(Lent<D>);

impl<D> StillLent<D> {
    /// The part that is ours.
    pub fn into_lent(self) -> Lent<D> {
        self.0
    }
}

impl<D> fmt::Display for StillLent<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the data are still lent: a `Lent` has left its nursery, in a value, a static or a channel; drop it before the \
             nursery returns, or drop it now and ask `into_lent().into_inner()` again",
        )
    }
}

impl<D> fmt::Debug for StillLent<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StillLent({self})")
    }
}

impl<D> std::error::Error for StillLent<D> {}

impl<S: Source> Builder<S> {
    /// Opens a nursery that lends `data` to its body and children, and gives them back beside the body's value.
    ///
    /// [`run`](Self::run), for children that share data of the caller's without an `Arc` of the caller's own. Costs one
    /// allocation.
    ///
    /// # Errors
    ///
    /// In the second place, [`StillLent`], if a [`Lent`] was carried out of the nursery.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run); the data are dropped then. To have them back from a panic as well, use
    /// [`try_run_with`](Self::try_run_with).
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run). The data are dropped with the last child.
    #[track_caller]
    pub fn run_with<D, F, Fut>(
        self,
        data: D,
        body: F,
    ) -> impl Future<Output = (Fut::Output, Result<D, StillLent<D>>)>
    where
        F: FnOnce(Nursery<Never, S::Runtime>, Lent<D>) -> Fut,
        Fut: Future, // the body: `async |n, data| ..`, not `|n, data| ..`
    {
        let ours = Lent(Arc::new(data));
        let theirs = ours.clone();
        let running = self.run(|nursery| body(nursery, theirs));
        async {
            let value = running.await;
            (value, ours.into_inner())
        }
    }

    /// Opens a nursery that lends `data` to its body and children, which may fail, and gives them back beside the outcome: on a
    /// value, on an error, on a request, on a panic.
    ///
    /// To [`run_with`](Self::run_with) what [`try_run`](Self::try_run) is to [`run`](Self::run), save that panics are failures among
    /// the others ([`collect_panics`](Self::collect_panics)), because one that went on would take the data along.
    ///
    /// # Errors
    ///
    /// In the first place, [`NurseryError`], once everybody has finished. In the second, as [`run_with`](Self::run_with).
    ///
    /// # Cancel safety
    ///
    /// As [`run_with`](Self::run_with).
    #[track_caller]
    pub fn try_run_with<D, F, Fut, T, E>(
        self,
        data: D,
        body: F,
    ) -> impl Future<Output = (Result<T, NurseryError<E>>, Result<D, StillLent<D>>)>
    where
        F: FnOnce(Nursery<E, S::Runtime>, Lent<D>) -> Fut,
        Fut: Future<Output = Result<T, E>>, // the body: `async |n, data| ..`, not `|n, data| ..`
        E: Send + 'static,
    {
        let ours = Lent(Arc::new(data));
        let theirs = ours.clone();
        let running = self
            .collect_panics()
            .try_run(|nursery| body(nursery, theirs));
        async {
            let outcome = running.await;
            (outcome, ours.into_inner())
        }
    }
}
