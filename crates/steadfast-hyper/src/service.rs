//! Services: those of tower as hyper's, and hyper's with the house's promises around each request.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::service::TowerToHyperService;
use steadfast::{Deadline, FutureExt, MustComplete, WithDeadline, with_deadline};

use crate::connection::{Busy, Requests};

/// A tower service as a service of hyper: an `axum::Router`, for instance.
///
/// It is cloned for each request, and waited for until it is ready.
pub fn from_tower<S>(service: S) -> TowerToHyperService<S>
where
    S: tower_service::Service<Request<Incoming>> + Clone,
{
    TowerToHyperService::new(service)
}

/// A service whose requests are counted, have a deadline, and are finished though hyper drops them.
pub(crate) struct Kept<S> {
    pub(crate) inner: S,
    pub(crate) deadline: Option<Duration>,
    pub(crate) requests: Arc<Requests>,
}

impl<S, B> Service<Request<Incoming>> for Kept<S>
where
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Send,
    B: Send,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Answering<S::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let deadline = self.deadline.map_or(Deadline::Never, Deadline::After);
        Answering {
            busy: Requests::begin(&self.requests),
            handler: with_deadline(deadline, self.inner.call(request))
                .must_complete()
                .within_grace(),
        }
    }
}

/// A request that hyper waits for.
pub(crate) struct Answering<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    handler: MustComplete<WithDeadline<F>>,
    busy: Busy,
}

impl<F, T, E> Future for Answering<F>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send,
    E: Send,
{
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, E>> {
        let polled = Pin::new(&mut self.handler).poll(cx);
        if let Poll::Ready(Ok(_)) = polled {
            self.busy.answered();
        }
        polled
    }
}
