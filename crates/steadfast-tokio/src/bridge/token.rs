//! Requests that come by a `CancellationToken`, and requests that go on by one.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use steadfast_core::{CancelHandle, CancelScope, WaitCancelled, cancelled};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Runs `future` in a scope that is asked to end when `token` is cancelled.
///
/// The request is one like any other: marked regions inside give way, children are told, and the value is that of `future`. It reaches
/// nobody around. A token that has been cancelled already has asked before the first poll of `future`; a request to the scope does
/// not cancel the token.
///
/// Nothing is spawned: the token is watched by the task that polls this, for as long as it does. Errors and panics are those of
/// `future`.
///
/// # Cancel safety
///
/// As `future`. Dropped, it watches no longer.
///
/// # Examples
///
/// ```
/// # use steadfast_core::Entry;
/// use steadfast_core::FutureExt;
/// use steadfast_tokio::{TokioRuntime, cancelled_by};
/// use tokio_util::sync::CancellationToken;
///
/// # TokioRuntime::current_thread().unwrap().block_on(async {
/// let token = CancellationToken::new();
/// tokio::spawn({ let token = token.clone(); async move { token.cancel() } });
/// let ended = cancelled_by(token, async { std::future::pending::<()>().or_cancelled().await });
/// assert!(ended.await.is_err());
/// # });
/// ```
#[track_caller]
pub fn cancelled_by<F: Future>(
    token: CancellationToken,
    future: F,
) -> CancelledBy<impl Future<Output = F::Output> + use<F>> {
    let scope = CancelScope::new();
    CancelledBy {
        handle: scope.handle(),
        token: Some(token.cancelled_owned()),
        inner: scope.run(future),
    }
}

pin_project! {
    /// The future of [`cancelled_by`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CancelledBy<F> {
        #[pin]
        inner: F,
        #[pin]
        token: Option<WaitForCancellationFutureOwned>,
        handle: CancelHandle,
    }
}

impl<F: Future> Future for CancelledBy<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let asked = this.token.as_mut().as_pin_mut();
        if asked.is_some_and(|token| token.poll(cx).is_ready()) {
            this.token.set(None);
            this.handle.cancel("its CancellationToken was cancelled");
        }
        this.inner.poll(cx)
    }
}

impl<F> fmt::Debug for CancelledBy<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelledBy")
            .field("scope", &self.handle)
            .finish_non_exhaustive()
    }
}

/// Runs the future that `body` makes, with a token that is cancelled when the scope around is asked to end: for code that takes a
/// token, and for plain tasks that hold clones of it.
///
/// Life cycle: `body` is called at once; from the first poll on, a request to the scope cancels the token. When the future has
/// ended, the token is let go and stays as it is: what still holds it then is not asked any more. If this is dropped half-way, the
/// token is cancelled. To cancel the token by hand is to cancel that alone; the scope does not hear of it.
///
/// Nothing is spawned: the scope is watched by the task that polls this, for as long as it does. Errors are those of the future; at
/// its panic, the token is cancelled.
///
/// # Cancel safety
///
/// As the future; dropped half-way, it cancels the token.
///
/// # Examples
///
/// ```
/// # use steadfast_core::{Builder, Entry};
/// use steadfast_tokio::{Tokio, TokioRuntime, own, with_token};
///
/// # TokioRuntime::current_thread().unwrap().block_on(async {
/// # let tokio = Tokio::current().unwrap();
/// Builder::on(&tokio).run(async |n| {
///     n.spawn(with_token(async |token| {
///         // Not ported: a task that waits for its token, and then ends in its own time.
///         tokio::spawn(async move { token.cancelled().await }).await.unwrap();
///     }));
///     n.cancel("enough");
/// })
/// .await;
/// # });
/// ```
pub fn with_token<B, F>(body: B) -> WithToken<F>
where
    B: FnOnce(CancellationToken) -> F,
    F: Future,
{
    let token = CancellationToken::new();
    WithToken {
        inner: body(token.clone()),
        asked: cancelled(),
        watch: Watch {
            token,
            until_the_end: false,
        },
    }
}

pin_project! {
    /// The future of [`with_token`].
    #[must_use = "futures do nothing unless polled"]
    pub struct WithToken<F> {
        #[pin]
        inner: F,
        #[pin]
        asked: WaitCancelled,
        watch: Watch,
    }
}

/// Cancels the token when it goes before the end.
struct Watch {
    token: CancellationToken,
    until_the_end: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.until_the_end {
            self.token.cancel();
        }
    }
}

impl<F: Future> Future for WithToken<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.watch.until_the_end = true;
        if !this.watch.token.is_cancelled() && this.asked.poll(cx).is_ready() {
            this.watch.token.cancel();
        }
        let polled = this.inner.poll(cx);
        this.watch.until_the_end = polled.is_pending();
        polled
    }
}

impl<F> fmt::Debug for WithToken<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithToken")
            .field("token", &self.watch.token)
            .finish_non_exhaustive()
    }
}
