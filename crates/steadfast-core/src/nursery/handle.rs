//! The handle of a child.

use std::any::Any;
use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::sink::{HandleOutput, How, Scoped, Sink, Verdict};
use crate::context::Scope;
use crate::panic::Panic;
use crate::sync::{Mutex, lock};
use crate::tree::{ChildScope, Node};
use crate::unwind;
use crate::{CancelReason, CancelSafe, Origin, Report, report};

/// A view of one child: its value, its state, and the means to ask it alone to end.
///
/// The nursery owns the child; the handle only looks. **Dropping it does nothing** to the child. It can be awaited inside
/// the nursery or after it. The value is there once the child has finished, its clean-ups included.
///
/// # Errors
///
/// Awaiting it gives a [`ChildError`] if the child ended without a value. An error or a panic of the child itself goes to the
/// nursery, which fails, whether or not the handle is awaited; the handle only says so. A supervised child is different: its
/// output and its panic are the handle's alone.
///
/// # Cancel safety
///
/// May be dropped and awaited again at any time; the value stays until it is taken, once.
#[doc(alias = "JoinHandle")]
#[must_use = "to spawn without a handle, use `spawn`, or for work that blocks `_ = ..`; dropping the handle does not end the child"]
pub struct Child<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    scope: ChildScope,
    /// The end is the handle's alone, so that it must not be lost without a word.
    supervised: bool,
    slot: Mutex<Slot<T>>,
}

struct Slot<T> {
    value: Option<T>,
    how: Option<How>,
    taken: bool,
    waiting: Waiting,
}

/// Who waits for the child: mostly nobody or one.
#[derive(Default)]
enum Waiting {
    #[default]
    Nobody,
    One(Waker),
    Many(Vec<Waker>),
}

/// Where a child is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChildState {
    /// It has not finished.
    Running,
    /// It has been asked to end, and has not finished.
    Cancelling,
    /// It has finished with a value.
    Done,
    /// It gave way to a request, or was aborted after its nursery's grace.
    Cancelled,
    /// It returned an error.
    Failed,
    /// It panicked.
    Panicked,
    /// The runtime dropped it, or it was refused and never ran.
    Lost,
}

impl<T> Child<T> {
    pub(super) fn new(scope: ChildScope, supervised: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                scope,
                supervised,
                slot: Mutex::new(Slot {
                    value: None,
                    how: None,
                    taken: false,
                    waiting: Waiting::Nobody,
                }),
            }),
        }
    }

    pub(super) fn sink<M>(&self) -> Deliver<T, M> {
        Deliver {
            shared: Arc::clone(&self.shared),
            mode: PhantomData,
        }
    }

    /// The node of the child that is to have this number.
    pub(super) fn node_of(&self, number: u64) -> Arc<Node> {
        self.shared.scope.set_number(number);
        Arc::clone(self.shared.scope.node())
    }

    /// The child's name, and where it was spawned.
    pub fn origin(&self) -> Origin {
        self.shared.scope.origin()
    }

    /// Asks this child alone to end. Returns at once; the first reason stands.
    #[doc(alias = "abort")]
    #[track_caller]
    pub fn cancel(&self, reason: impl Into<CancelReason>) {
        let by = crate::cancel::caller(Location::caller());
        let reason = reason.into().asked_by(by);
        self.shared.scope.node().request(reason);
    }

    /// Waits until the child has finished. Never fails.
    ///
    /// To cancel and wait: `child.cancel("enough"); child.wait().await;`
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time. Any number of tasks may wait.
    #[doc(alias = "join")]
    pub fn wait(&self) -> impl Future<Output = ChildState> + CancelSafe + '_ {
        crate::assert_cancel_safe(poll_fn(|cx| self.poll_finished(cx).map(|()| self.state())))
    }

    /// Whether the child has finished.
    pub fn is_finished(&self) -> bool {
        lock(&self.shared.slot).how.is_some()
    }

    /// Where the child is in its life.
    pub fn state(&self) -> ChildState {
        match &lock(&self.shared.slot).how {
            None if self.shared.scope.is_requested() => ChildState::Cancelling,
            None => ChildState::Running,
            Some(How::Done) => ChildState::Done,
            Some(How::Failed) => ChildState::Failed,
            Some(How::Cancelled(_)) => ChildState::Cancelled,
            Some(How::Panicked(..)) => ChildState::Panicked,
            Some(How::Lost | How::Refused) => ChildState::Lost,
        }
    }

    /// Takes the value, or the error, if the child has finished.
    pub fn try_take(&mut self) -> Option<Result<T, ChildError>> {
        let mut slot = lock(&self.shared.slot);
        let has_finished = slot.how.is_some();
        has_finished.then(|| slot.take(&self.shared.scope))
    }

    fn poll_finished(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_finished() {
            Poll::Ready(())
        } else {
            self.register(cx)
        }
    }

    /// Waits, unless the child has finished since the last look: a waker is cloned outside of the lock.
    fn register(&self, cx: &mut Context<'_>) -> Poll<()> {
        let fresh = cx.waker().clone();
        let mut slot = lock(&self.shared.slot);
        if slot.how.is_some() {
            drop(slot);
            return Poll::Ready(());
        }
        let superfluous = slot.waiting.add(fresh);
        drop(slot);
        drop(superfluous);
        Poll::Pending
    }
}

impl Waiting {
    /// Adds `fresh`, or gives it back if it would wake somebody who waits already.
    fn add(&mut self, fresh: Waker) -> Option<Waker> {
        match self {
            Self::Nobody => *self = Self::One(fresh),
            Self::One(waker) if waker.will_wake(&fresh) => return Some(fresh),
            Self::One(_) => {
                if let Self::One(first) = std::mem::take(self) {
                    *self = Self::Many(vec![first, fresh]);
                }
            }
            Self::Many(all) if all.iter().any(|waker| waker.will_wake(&fresh)) => {
                return Some(fresh);
            }
            Self::Many(all) => all.push(fresh),
        }
        None
    }

    fn wake(self) {
        match self {
            Self::Nobody => {}
            Self::One(waker) => waker.wake(),
            Self::Many(all) => all.into_iter().for_each(Waker::wake),
        }
    }
}

impl<T> Slot<T> {
    fn take(&mut self, child: &ChildScope) -> Result<T, ChildError> {
        let taken = std::mem::replace(&mut self.taken, true);
        // A child whose destructors panicked after it had returned has a value, and has panicked all the same.
        match (self.value.take(), &self.how) {
            (Some(value), Some(How::Done)) => return Ok(value),
            (value, _) => unwind::drop_quietly(value),
        }
        let kind = match &mut self.how {
            Some(How::Panicked(end)) => ErrorKind::Panicked(end.message.clone(), end.panic.take()),
            Some(How::Failed) => ErrorKind::Failed,
            Some(How::Cancelled(reason)) => ErrorKind::Cancelled((**reason).clone()),
            Some(How::Lost) => ErrorKind::Lost,
            Some(How::Refused) => ErrorKind::Refused,
            Some(How::Done) | None => {
                debug_assert!(taken, "a child that is done has a value until it is taken");
                ErrorKind::Taken
            }
        };
        Err(ChildError {
            child: child.origin(),
            kind,
        })
    }
}

impl<T> Future for Child<T> {
    type Output = Result<T, ChildError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(taken) = self.try_take() {
            return Poll::Ready(taken);
        }
        match self.register(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => self.try_take().map_or(Poll::Pending, Poll::Ready),
        }
    }
}

// Nothing in a handle is pinned: the child itself lives in a task of the runtime.
impl<T> Unpin for Child<T> {}

impl<T> CancelSafe for Child<T> {}

impl<T> fmt::Debug for Child<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("origin", &self.origin())
            .field("state", &self.state())
            .finish()
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        let slot = self
            .slot
            .get_mut()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let untold = match &mut slot.how {
            Some(How::Panicked(end)) if self.supervised && !slot.taken => {
                if let Some(panic) = end.panic.take() {
                    unwind::forget_payload(panic.into_payload());
                }
                Some(std::mem::take(&mut end.message))
            }
            _ => None,
        };
        if let Some(message) = untold {
            report::send(&Report::Unreturned {
                child: self.scope.origin(),
                what: format!(
                    "is supervised and panicked, and nobody took that from its handle: {message}"
                ),
            });
        }
    }
}

/// The output goes to the handle; `M` says how much of it.
pub(crate) struct Deliver<T, M> {
    shared: Arc<Shared<T>>,
    mode: PhantomData<fn() -> M>,
}

/// The error of the output fails the nursery.
pub(crate) enum Shares {}
/// The whole output is the handle's.
pub(crate) enum Alone {}

impl<T, M> Deliver<T, M> {
    fn put(&self, value: T) {
        lock(&self.shared.slot).value = Some(value);
    }

    fn tell(&self, how: How) {
        let waiting = {
            let mut slot = lock(&self.shared.slot);
            slot.how = Some(how);
            std::mem::take(&mut slot.waiting)
        };
        waiting.wake();
    }
}

impl<T, M> Scoped for Deliver<T, M> {
    fn scope(&self) -> Option<Scope<'_>> {
        Some(Scope::Child(&self.shared.scope))
    }

    fn seated(&self, number: u64) {
        self.shared.scope.set_number(number);
    }
}

impl<O, E> Sink<O, E> for Deliver<O::Value, Shares>
where
    O: HandleOutput<E>,
{
    fn take(&self, output: O) -> Verdict<E> {
        match output.split_output() {
            Ok(value) => {
                self.put(value);
                Verdict::Done
            }
            Err(error) => Verdict::Failed(error),
        }
    }

    fn publish(&mut self, how: How) {
        self.tell(how);
    }
}

impl<T, E> Sink<T, E> for Deliver<T, Alone> {
    fn take(&self, output: T) -> Verdict<E> {
        self.put(output);
        Verdict::Done
    }

    fn publish(&mut self, how: How) {
        self.tell(how);
    }

    fn is_alone(&self) -> bool {
        true
    }
}

/// A child ended without a value for its handle.
pub struct ChildError {
    child: Origin,
    kind: ErrorKind,
}

enum ErrorKind {
    Failed,
    Cancelled(CancelReason),
    Panicked(String, Option<Panic>),
    Lost,
    Refused,
    Taken,
}

impl ChildError {
    pub(crate) const fn cancelled(child: Origin, reason: CancelReason) -> Self {
        Self {
            child,
            kind: ErrorKind::Cancelled(reason),
        }
    }

    pub(crate) const fn lost(child: Origin) -> Self {
        Self {
            child,
            kind: ErrorKind::Lost,
        }
    }

    /// The child.
    pub const fn child(&self) -> &Origin {
        &self.child
    }

    /// It returned an error, which the nursery has.
    pub const fn is_failed(&self) -> bool {
        matches!(self.kind, ErrorKind::Failed)
    }

    /// It gave way to a request, or was aborted after its nursery's grace.
    pub const fn is_cancelled(&self) -> bool {
        matches!(self.kind, ErrorKind::Cancelled(_))
    }

    /// It panicked. Unless it is supervised, the payload is the nursery's.
    pub const fn is_panic(&self) -> bool {
        matches!(self.kind, ErrorKind::Panicked(..))
    }

    /// The runtime dropped it before it had finished.
    pub const fn is_lost(&self) -> bool {
        matches!(self.kind, ErrorKind::Lost)
    }

    /// It never ran, because the nursery was closed or the runtime had shut down.
    pub const fn is_refused(&self) -> bool {
        matches!(self.kind, ErrorKind::Refused)
    }

    /// Its value has been taken before.
    pub const fn is_taken(&self) -> bool {
        matches!(self.kind, ErrorKind::Taken)
    }

    /// Why it was asked to end, if it gave way to that.
    pub const fn cancel_reason(&self) -> Option<&CancelReason> {
        match &self.kind {
            ErrorKind::Cancelled(reason) => Some(reason),
            _ => None,
        }
    }

    /// The panic of a supervised child.
    pub fn into_panic(self) -> Option<Box<dyn Any + Send + 'static>> {
        match self.kind {
            ErrorKind::Panicked(_, panic) => panic.map(Panic::into_payload),
            _ => None,
        }
    }
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the child {} ", self.child)?;
        match &self.kind {
            ErrorKind::Failed => f.write_str("returned an error, which its nursery has"),
            ErrorKind::Cancelled(reason) => write!(f, "gave way: {reason}"),
            ErrorKind::Panicked(message, _) => write!(f, "panicked: {message}"),
            ErrorKind::Lost => f.write_str("was dropped by its runtime before it had finished"),
            ErrorKind::Refused => {
                f.write_str("never ran: its nursery was closed, or its runtime had shut down; spawn before the nursery ends")
            }
            ErrorKind::Taken => f.write_str("has given its value already; await its handle once"),
        }
    }
}

impl fmt::Debug for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChildError({self})")
    }
}

impl std::error::Error for ChildError {}
