//! The handshake: a child that says when it is ready.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::child::ChildTask;
use super::handle::{Child, Deliver, Shares};
use super::outcome::{Failure, FailureKind};
use super::roster::ChildKind;
use super::sink::{ChildOutput, Forget, HandleOutput, How, Scoped, Sink, Verdict};
use super::spawn::{Place, Plan, Why};
use super::{Never, Nursery};
use crate::context::{self, GaveWay, Scope};
use crate::sync::{Mutex, lock};
use crate::tree::Node;
use crate::{CancelReason, Cancelled, Runtime};

/// The child's side of the handshake: it reports ready, once, by value.
///
/// Dropped without a report, it tells the starter that there will be none when the child has finished.
#[must_use = "a child that never reports ready makes `start` fail when it ends"]
pub struct Ready<V> {
    starter: Option<Arc<dyn Hear<V>>>,
}

trait Hear<V>: Send + Sync {
    fn ready(&self, value: V);
}

/// What the starter and the child share until the child is ready.
struct Handshake<V, E> {
    stage: Mutex<Stage<V, E>>,
}

struct Stage<V, E> {
    news: News<V>,
    /// The child's error, until the starter takes it.
    error: Option<E>,
    starter: Option<Waker>,
    /// The starter was dropped: nobody waits for news any more.
    left: bool,
}

enum News<V> {
    None,
    Ready(V),
    /// Reported, and taken by the starter or by nobody.
    Told,
    Ended(How),
}

impl<V: Send, E: Send> Hear<V> for Handshake<V, E> {
    fn ready(&self, value: V) {
        let mut stage = lock(&self.stage);
        let (news, unwanted) = if stage.left {
            (News::Told, Some(value))
        } else {
            (News::Ready(value), None)
        };
        stage.news = news;
        let starter = stage.starter.take();
        drop(stage);
        drop(unwanted);
        if let Some(starter) = starter {
            starter.wake();
        }
    }
}

impl<V> Ready<V> {
    /// Reports ready, with what the starter wants to know, such as an address.
    ///
    /// From now on the child is one like any other: what becomes of it is the nursery's matter.
    pub fn report(mut self, value: V) {
        if let Some(starter) = self.starter.take() {
            starter.ready(value);
        }
    }

    /// A token for calling a startable function directly, without a nursery. The report goes nowhere.
    pub const fn ignored() -> Self {
        Self { starter: None }
    }
}

impl<V> fmt::Debug for Ready<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").finish_non_exhaustive()
    }
}

/// A child that was started did not report ready.
#[non_exhaustive]
pub enum StartError<E> {
    /// It failed before; this is its error. The nursery has not failed by it.
    Failed(E),
    /// It ended before, without an error.
    NotReady,
    /// It gave way to a request before: of the starter's scope, of the nursery, or of the child's own.
    Cancelled(Cancelled),
    /// It panicked before. The panic is the nursery's.
    Panicked,
    /// The runtime dropped it before, or had shut down.
    Lost,
    /// The nursery was closed. Nothing has run.
    Closed,
}

impl<E> StartError<E> {
    /// The child's own error, if it failed.
    pub fn into_error(self) -> Option<E> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

impl<E> StartError<E> {
    /// What happened, or the error that says so itself.
    fn outline(&self) -> Result<String, &E> {
        let text = match self {
            Self::Failed(error) => return Err(error),
            Self::NotReady => "the child ended without `ready.report(..)`",
            Self::Cancelled(cancelled) => {
                return Ok(format!(
                    "the child gave way before it was ready: {cancelled}"
                ));
            }
            Self::Panicked => "the child panicked before it was ready",
            Self::Lost => "the runtime dropped the child before it was ready",
            Self::Closed => "the nursery was closed; start children from its body or from a child",
        };
        Ok(text.to_owned())
    }
}

impl<E: fmt::Display> fmt::Display for StartError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outline() {
            Ok(text) => f.write_str(&text),
            Err(error) => write!(f, "the child failed before it was ready: {error}"),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for StartError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outline() {
            Ok(text) => write!(f, "StartError({text})"),
            Err(error) => f.debug_tuple("Failed").field(error).finish(),
        }
    }
}

// `Never` has neither `Debug` nor `Display`, and an error that cannot be needs neither.
impl fmt::Display for StartError<Never> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outline() {
            Ok(text) => f.write_str(&text),
            Err(never) => match *never {},
        }
    }
}

impl fmt::Debug for StartError<Never> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StartError({self})")
    }
}

impl std::error::Error for StartError<Never> {}

impl<E: std::error::Error + 'static> std::error::Error for StartError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// Keeps the error of a child that fails before it is ready for the starter. The rest is the sink's behind it, who hears of the
/// end only if the child had reported: before, nobody has a handle to it.
pub(crate) struct Greet<V, E, S> {
    handshake: Arc<Handshake<V, E>>,
    node: Arc<Node>,
    sink: S,
}

impl<V, E, S> Scoped for Greet<V, E, S> {
    fn scope(&self) -> Option<Scope<'_>> {
        Some(Scope::Node(&self.node))
    }
}

impl<V, E, O, S> Sink<O, E> for Greet<V, E, S>
where
    V: Send + 'static,
    E: Send + 'static,
    S: Sink<O, E>,
{
    fn take(&self, output: O) -> Verdict<E> {
        let error = match self.sink.take(output) {
            Verdict::Failed(error) => error,
            verdict => return verdict,
        };
        let gave_way = context::with(|context| {
            context.is_some_and(|context| context.own.gave_way != GaveWay::No)
        });
        let mut stage = lock(&self.handshake.stage);
        if gave_way || stage.left || !matches!(stage.news, News::None) {
            return Verdict::Failed(error);
        }
        stage.error = Some(error);
        Verdict::Done
    }

    fn publish(&mut self, how: How) {
        let mut stage = lock(&self.handshake.stage);
        let reported = if matches!(stage.news, News::None) {
            stage.news = News::Ended(how);
            None
        } else {
            Some(how)
        };
        let starter = stage.starter.take();
        drop(stage);
        if let Some(how) = reported {
            self.sink.publish(how);
        }
        if let Some(starter) = starter {
            starter.wake();
        }
    }
}

impl<E: Send + 'static, R: Runtime> Nursery<E, R> {
    /// Starts a child and waits until it reports ready.
    ///
    /// `child` gets a [`Ready`] token. The call returns what the child reports by it, and the child goes on. Until then it
    /// belongs to both sides: a request to the caller's scope or to the nursery is one to the child, and the call waits until
    /// the child has obeyed.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the child ended before it was ready. Its own error comes from here, as it is, and the nursery has not
    /// failed by it. After the report, the child's failure is the nursery's, also where the caller had been asked to end before,
    /// and the caller's requests reach the child no longer.
    ///
    /// # Cancel safety
    ///
    /// Nothing runs before the first poll. If the future is dropped before the child is ready, the child is asked to end with
    /// [`CancelReason::Dropped`]; the nursery waits for it, and an error of it is the nursery's.
    ///
    /// # Examples
    ///
    /// ```ignore
    /// let address = n.start(async |ready| {
    ///     let listener = bind().await?;
    ///     ready.report(listener.address());
    ///     serve(listener).await
    /// }).await?;
    /// ```
    #[track_caller]
    pub fn start<F, Fut, V>(
        &self,
        child: F,
    ) -> impl Future<Output = Result<V, StartError<E>>> + use<F, Fut, V, E, R>
    where
        F: FnOnce(Ready<V>) -> Fut,
        Fut: Future + Send + 'static,
        Fut::Output: ChildOutput<E>,
        V: Send + 'static,
    {
        self.start_in(self.place().clone(), child)
    }

    /// [`start`](Self::start), and a [handle](Child) to the child's value besides.
    ///
    /// The child returns what a child with a handle returns. Until it has reported, there is no handle: an end before that is
    /// this call's to tell.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    ///
    /// # Cancel safety
    ///
    /// As [`start`](Self::start).
    ///
    /// # Examples
    ///
    /// ```ignore
    /// let (address, served) = n.start_with_handle(async |ready| {
    ///     let listener = bind().await;
    ///     ready.report(listener.address());
    ///     serve(listener).await
    /// }).await?;
    /// println!("{} requests at {address}", served.await?);
    /// ```
    #[track_caller]
    pub fn start_with_handle<F, Fut, V, T>(
        &self,
        child: F,
    ) -> impl Future<Output = Result<(V, Child<T>), StartError<E>>> + use<F, Fut, V, T, E, R>
    where
        F: FnOnce(Ready<V>) -> Fut,
        Fut: Future + Send + 'static,
        Fut::Output: HandleOutput<E, Value = T>,
        V: Send + 'static,
        T: Send + 'static,
    {
        self.start_with_handle_in(self.place().clone(), child)
    }
}

/// The same, wherever the children are polled.
impl<E: Send + 'static, R: Runtime> Nursery<E, R> {
    #[track_caller]
    pub(crate) fn start_in<P, F, Fut, V>(
        &self,
        place: P,
        child: F,
    ) -> impl Future<Output = Result<V, StartError<E>>> + use<P, F, Fut, V, E, R>
    where
        P: Place<ChildTask<Fut, Greet<V, E, Forget>, E, R>>,
        F: FnOnce(Ready<V>) -> Fut,
        Fut: Future,
        Fut::Output: ChildOutput<E>,
        V: Send + 'static,
    {
        let location = Location::caller();
        let nursery = self.alike();
        async move {
            let seat = nursery.seat(location);
            nursery.greet(place, child, Forget, seat).await
        }
    }

    #[track_caller]
    pub(crate) fn start_with_handle_in<P, F, Fut, V, T>(
        &self,
        place: P,
        child: F,
    ) -> impl Future<Output = Result<(V, Child<T>), StartError<E>>> + use<P, F, Fut, V, T, E, R>
    where
        P: Place<ChildTask<Fut, Greet<V, E, Deliver<T, Shares>>, E, R>>,
        F: FnOnce(Ready<V>) -> Fut,
        Fut: Future,
        Fut::Output: HandleOutput<E, Value = T>,
        V: Send + 'static,
    {
        let location = Location::caller();
        let nursery = self.alike();
        async move {
            let number = nursery.inner.roster.next_number();
            let handle = Child::new(nursery.child_scope(location), false);
            let node = handle.node_of(number);
            let seat = Seat {
                number,
                location,
                node,
            };
            let sink = handle.sink::<Shares>();
            let value = nursery.greet(place, child, sink, seat).await?;
            Ok((value, handle))
        }
    }

    fn seat(&self, location: &'static Location<'static>) -> Seat {
        let number = self.inner.roster.next_number();
        let scope = self.child_scope(location);
        scope.set_number(number);
        Seat {
            number,
            location,
            node: Arc::clone(scope.node()),
        }
    }

    /// Launches a child that is to report, and waits for its news.
    async fn greet<P, F, Fut, V, S>(
        self,
        place: P,
        child: F,
        sink: S,
        seat: Seat,
    ) -> Result<V, StartError<E>>
    where
        P: Place<ChildTask<Fut, Greet<V, E, S>, E, R>>,
        F: FnOnce(Ready<V>) -> Fut,
        Fut: Future,
        V: Send + 'static,
        S: Sink<Fut::Output, E>,
    {
        let stage = Stage {
            news: News::None,
            error: None,
            starter: None,
            left: false,
        };
        let handshake = Arc::new(Handshake {
            stage: Mutex::new(stage),
        });
        let future = child(Ready {
            starter: Some(Arc::clone(&handshake) as _),
        });
        let greet = Greet {
            handshake: Arc::clone(&handshake),
            node: Arc::clone(&seat.node),
            sink,
        };
        let plan = Plan {
            number: Some(seat.number),
            ..self.plan(ChildKind::WithHandle, greet, seat.location)
        };
        let launched = self.inner.launch_in(&place, plan, future);
        let mut starter = Starter {
            nursery: self,
            handshake,
            node: seat.node,
            scope: context::scope(),
            key: None,
        };
        match launched.map_err(|refused| refused.why) {
            Ok(()) => poll_fn(|cx| starter.poll(cx)).await,
            Err(Why::Shutdown) => Err(StartError::Lost),
            Err(_) => Err(StartError::Closed),
        }
    }
}

/// Who a child is that does not exist yet.
struct Seat {
    number: u64,
    location: &'static Location<'static>,
    node: Arc<Node>,
}

/// The waiting side.
struct Starter<V, E: Send + 'static, R: Runtime> {
    nursery: Nursery<E, R>,
    handshake: Arc<Handshake<V, E>>,
    node: Arc<Node>,
    /// The scope of the caller.
    scope: Option<Arc<Node>>,
    key: Option<usize>,
}

impl<V, E: Send + 'static, R: Runtime> Starter<V, E, R> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<V, StartError<E>>> {
        let fresh = cx.waker().clone();
        let mut stage = lock(&self.handshake.stage);
        match std::mem::replace(&mut stage.news, News::Told) {
            News::Ready(value) => return Poll::Ready(Ok(value)),
            News::Ended(how) => {
                let error = stage.error.take();
                drop(stage);
                return Poll::Ready(Err(verdict(how, error)));
            }
            pending => stage.news = pending,
        }
        let stale = stage.starter.replace(fresh);
        drop(stage);
        drop(stale);
        // Either scope may end the wait: the nursery's request reaches the child by the tree, the caller's is passed on.
        if let Some(scope) = &self.scope {
            if scope.wait(&mut self.key, cx.waker()) {
                self.node
                    .request(scope.reason().cloned().unwrap_or(CancelReason::Shutdown));
            }
        }
        Poll::Pending
    }
}

fn verdict<E>(how: How, error: Option<E>) -> StartError<E> {
    match (how, error) {
        (_, Some(error)) => StartError::Failed(error),
        (How::Cancelled(reason), None) => {
            context::give_way();
            StartError::Cancelled(Cancelled::new(*reason))
        }
        (How::Panicked(..), None) => StartError::Panicked,
        (How::Lost | How::Refused, None) => StartError::Lost,
        (How::Done | How::Failed, None) => StartError::NotReady,
    }
}

impl<V, E: Send + 'static, R: Runtime> Drop for Starter<V, E, R> {
    fn drop(&mut self) {
        if let Some(scope) = &self.scope {
            scope.forget(&mut self.key);
        }
        let mut stage = lock(&self.handshake.stage);
        stage.left = true;
        let waiting = matches!(stage.news, News::None);
        let error = stage.error.take();
        drop(stage);
        if waiting {
            self.node.request(CancelReason::Dropped);
        }
        if let Some(error) = error {
            self.nursery
                .inner
                .fail(Failure::new(self.node.origin(), FailureKind::Error(error)));
        }
    }
}
