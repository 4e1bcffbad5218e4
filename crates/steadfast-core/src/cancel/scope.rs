//! A scope of its own: a part of a task that can be asked to end by itself.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use pin_project_lite::pin_project;

use super::CancelReason;
use super::deadline::{Alarm, Deadline, resolve};
use crate::origin::Name;
use crate::sync::{Mutex, MutexGuard, lock};
use crate::tree::{Kind, Node, Owned, Seed};
use crate::{Origin, ambient, context};

/// A part of a task that can be asked to end without the rest.
///
/// Life cycle: made by [`new`](Self::new); [`handle`](Self::handle) gives out handles, by which anybody may cancel it or move
/// its deadline, before, during and after; [`run`](Self::run) runs one future in it. A request to a scope ends nothing by
/// itself: marked regions inside give way, and code after `run` goes on untouched.
///
/// # Examples
///
/// ```
/// # futures_util::future::FutureExt::now_or_never(async {
/// use steadfast_core::{CancelScope, FutureExt};
///
/// let scope = CancelScope::new();
/// let handle = scope.handle();
/// handle.cancel("enough");
/// let ended = scope.run(async { std::future::pending::<()>().or_cancelled().await }).await;
/// assert!(ended.is_err());
/// assert!(handle.was_cancelled() && handle.was_obeyed());
/// # }).expect("it does not wait");
/// ```
pub struct CancelScope {
    shared: Arc<Shared>,
    name: Option<Name>,
    location: &'static Location<'static>,
}

struct Shared {
    stage: Mutex<Stage>,
}

enum Stage {
    /// Not entered yet; what has been asked for already.
    Waiting {
        reason: Option<CancelReason>,
        deadline: Deadline,
    },
    Entered(Arc<Node>),
}

impl Shared {
    /// The stage at this moment: an instant that has passed before the entry has ended the scope, whatever becomes of the
    /// deadline later.
    fn stage(&self) -> MutexGuard<'_, Stage> {
        let stage = lock(&self.stage);
        let Some(at) = stage.runs_out() else {
            return stage;
        };
        // A clock is foreign code, which never runs under a lock.
        drop(stage);
        let passed = at <= ambient::now();
        let mut stage = lock(&self.stage);
        let unmoved = stage.runs_out() == Some(at);
        if let Stage::Waiting { reason, .. } = &mut *stage {
            if passed && unmoved {
                *reason = Some(CancelReason::Deadline);
            }
        }
        stage
    }
}

impl Stage {
    /// The instant at which the scope ends although nobody has entered it.
    fn runs_out(&self) -> Option<Instant> {
        match self {
            Self::Waiting {
                reason: None,
                deadline: Deadline::At(at),
            } => Some(*at),
            _ => None,
        }
    }
}

impl CancelScope {
    /// A scope with no deadline.
    #[track_caller]
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                stage: Mutex::new(Stage::Waiting {
                    reason: None,
                    deadline: Deadline::Never,
                }),
            }),
            name: None,
            location: Location::caller(),
        }
    }

    /// Names it in the tree.
    pub fn name(mut self, name: impl Into<Name>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Gives it a deadline. A relative one counts from the entry, however long ago the scope was made.
    pub fn deadline(self, deadline: impl Into<Deadline>) -> Self {
        self.handle().set_deadline(deadline);
        self
    }

    /// A handle for whoever may cancel the scope.
    pub fn handle(&self) -> CancelHandle {
        CancelHandle {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Enters the scope and runs `future` in it. The value is that of `future`.
    ///
    /// `future` is begun even if the scope has been cancelled before.
    ///
    /// # Cancel safety
    ///
    /// As `future`. Dropping it asks nothing of anybody: what `future` owned is dropped with it.
    pub fn run<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        RunScope {
            inner: future,
            scope: self,
            node: None,
            alarm: Alarm::default(),
        }
    }

    fn enter(&self) -> Owned {
        let (parent, owner) = context::place();
        let node = Owned::new(Seed {
            parent,
            owner,
            name: self.name.clone(),
            ..Seed::new(Kind::Scope, self.location)
        });
        let before = std::mem::replace(
            &mut *lock(&self.shared.stage),
            Stage::Entered(Arc::clone(&node)),
        );
        if let Stage::Waiting { reason, deadline } = before {
            node.set_deadline(resolve(deadline));
            if let Some(reason) = reason {
                node.request(reason);
            }
        }
        node
    }
}

impl Default for CancelScope {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CancelScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle().fmt(f)
    }
}

pin_project! {
    struct RunScope<F> {
        #[pin]
        inner: F,
        scope: CancelScope,
        node: Option<Owned>,
        alarm: Alarm,
    }
}

impl<F: Future> Future for RunScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let node = this.node.get_or_insert_with(|| this.scope.enter());
        let polled = super::deadline::poll_inside(node, this.inner, cx);
        if polled.is_pending() {
            this.alarm.poll(node, cx);
        }
        polled
    }
}

/// Cancels a [`CancelScope`] from anywhere.
#[derive(Clone)]
pub struct CancelHandle {
    shared: Arc<Shared>,
}

impl CancelHandle {
    /// Asks the scope to end. Returns at once; the first reason stands.
    #[track_caller]
    pub fn cancel(&self, reason: impl Into<CancelReason>) {
        let reason = reason.into().asked_by(caller(Location::caller()));
        let node = match &mut *self.shared.stage() {
            Stage::Waiting { reason: first, .. } => {
                first.get_or_insert(reason);
                return;
            }
            Stage::Entered(node) => Arc::clone(node),
        };
        node.request(reason);
    }

    /// Moves the deadline: earlier, later, or away. A relative one counts from now if the scope has been entered, and from
    /// the entry otherwise.
    ///
    /// A scope that has been asked to end stays so, also by an instant that has passed before the entry.
    pub fn set_deadline(&self, deadline: impl Into<Deadline>) {
        let deadline = deadline.into();
        let node = match &mut *self.shared.stage() {
            Stage::Waiting {
                deadline: waiting, ..
            } => {
                *waiting = deadline;
                return;
            }
            Stage::Entered(node) => Arc::clone(node),
        };
        node.set_deadline(resolve(deadline));
    }

    /// The instant of the scope's own deadline. `None` without one, and while a relative one has not begun to count.
    pub fn deadline(&self) -> Option<Instant> {
        match &*self.shared.stage() {
            Stage::Waiting {
                deadline: Deadline::At(at),
                ..
            } => Some(*at),
            Stage::Waiting { .. } => None,
            Stage::Entered(node) => node.own_deadline(),
        }
    }

    /// Whether this scope itself was asked to end: by [`cancel`](Self::cancel) or by its deadline, not by a scope around it.
    pub fn was_cancelled(&self) -> bool {
        match &*self.shared.stage() {
            Stage::Waiting { reason, .. } => reason.is_some(),
            Stage::Entered(node) => node.is_origin(),
        }
    }

    /// Whether something inside gave way to the request of this scope. Where a scope around it was cancelled too, the
    /// outermost one takes the credit.
    pub fn was_obeyed(&self) -> bool {
        match &*self.shared.stage() {
            Stage::Waiting { .. } => false,
            Stage::Entered(node) => node.is_seen(),
        }
    }

    /// Why the scope was asked to end, if it was, by itself or from around.
    pub fn reason(&self) -> Option<CancelReason> {
        match &*self.shared.stage() {
            Stage::Waiting { reason, .. } => reason.clone(),
            Stage::Entered(node) => node.reason().cloned(),
        }
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelHandle")
            .field("reason", &self.reason())
            .finish_non_exhaustive()
    }
}

/// Who calls: the name of the nursery or scope whose code this is, and the line of the call.
pub(crate) fn caller(location: &'static Location<'static>) -> Origin {
    let name = context::with(|context| {
        let context = context?;
        let home = context.home;
        let member = home.and_then(|home| home.look().child_name(context.child()));
        member.or_else(|| {
            context
                .scope
                .node()
                .name()
                .map(|name| Name::from(name.to_owned()))
        })
    });
    Origin::new(name, location)
}
