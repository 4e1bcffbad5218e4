//! Several futures of a flow at a time, each a child of a nursery.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::Flow;
use crate::nursery::Nursery;
use crate::{Child, HandleOutput, Runtime};

pin_project! {
    /// Starts each future of a flow as a child, and gives its handle: the source of [`Flow::spawned`], which asks for a handle when
    /// there is room.
    #[must_use = "flows do nothing unless they are consumed"]
    pub struct Children<F, E, R> {
        #[pin]
        futures: F,
        nursery: Nursery<E, R>,
        location: &'static Location<'static>,
    }
}

impl<F, E, R> Children<F, E, R> {
    #[track_caller]
    pub(super) fn new(futures: F, nursery: Nursery<E, R>) -> Self {
        Self {
            futures,
            nursery,
            location: Location::caller(),
        }
    }
}

impl<F, T, E, R> Flow for Children<F, E, R>
where
    F: Flow<Item: Future<Output: HandleOutput<E, Value = T>> + Send + 'static>,
    T: Send + 'static,
    E: Send + 'static,
    R: Runtime,
{
    type Item = Child<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Child<T>>> {
        let this = self.project();
        let future = ready!(this.futures.poll_next(cx));
        let spawn = |future| this.nursery.spawn_with_handle_at(this.location, future);
        Poll::Ready(future.map(spawn))
    }

    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().futures.poll_progress(cx)
    }
}

impl<F, E, R> fmt::Debug for Children<F, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Children")
            .field("nursery", &self.nursery)
            .finish_non_exhaustive()
    }
}
