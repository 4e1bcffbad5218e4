//! A future that is finished even if it is dropped.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Weak;
use std::task::{Context, Poll};

use crate::cancel::Region;
use crate::nursery::{ChildKind, Enclosing, adopt};
use crate::{Origin, TaskLocals, context};

/// The future of [`must_complete`](crate::FutureExt::must_complete).
#[must_use = "futures do nothing unless polled"]
pub struct MustComplete<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    inner: Option<Pin<Box<F>>>,
    location: &'static Location<'static>,
    begun: bool,
    /// Set during each poll, and left set by one that panics.
    in_poll: bool,
    born: Option<Weak<dyn Enclosing>>,
    /// What was bound at the first poll, and is so wherever it goes on.
    locals: TaskLocals,
    region: Region,
    /// What it is where it is taken over.
    kind: ChildKind,
}

impl<F: Future<Output: Send> + Send + 'static> MustComplete<F> {
    #[track_caller]
    pub(crate) fn new(future: F) -> Self {
        Self {
            inner: Some(Box::pin(future)),
            location: Location::caller(),
            begun: false,
            in_poll: false,
            born: None,
            locals: TaskLocals::default(),
            region: Region::default(),
            kind: ChildKind::Adopted,
        }
    }

    /// Lets the [grace](crate::Builder::grace) of a nursery around end it where it is taken over, as it ends every child. Without
    /// this, it is finished however long that takes.
    ///
    /// For work that nobody may cut by accident, and that the end of the program may: the handler of a request, for instance.
    pub fn within_grace(mut self) -> Self {
        self.kind = ChildKind::AdoptedForGrace;
        self
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for MustComplete<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        if !std::mem::replace(&mut this.begun, true) {
            this.born = context::home().map(|home| std::sync::Arc::downgrade(&home));
            this.locals = TaskLocals::current();
        }
        let Some(inner) = &mut this.inner else {
            panic!("`must_complete` was polled after it had returned; await it once");
        };
        this.in_poll = true;
        let polled = this.region.run(|| inner.as_mut().poll(cx));
        this.in_poll = false;
        if polled.is_ready() {
            this.inner = None;
        }
        polled
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for MustComplete<F> {
    fn drop(&mut self) {
        // What has not begun is not half-way, and a future that has panicked must not be polled again.
        let Some(inner) = self.inner.take().filter(|_| self.begun && !self.in_poll) else {
            return;
        };
        self.region.leave();
        let locals = std::mem::take(&mut self.locals);
        let rest = Box::pin(locals.scope(async move { drop(inner.await) }));
        let home = context::home().or_else(|| self.born.as_ref().and_then(Weak::upgrade));
        adopt(home, rest, Origin::new(None, self.location), self.kind);
    }
}

impl<F: Future<Output: Send> + Send + 'static> fmt::Debug for MustComplete<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MustComplete")
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}
