//! A task of tokio's that is a guest of a nursery.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use steadfast_core::{Guest, GuestWork, Invitation};
use tokio::runtime::{Handle, Id};
use tokio::task::{AbortHandle, JoinHandle};

use crate::root;

/// To the nursery in which the caller runs; else to the root of the runtime that it is inside of.
#[track_caller]
pub(crate) fn here() -> Option<Invitation> {
    // No closures: each would be the caller whose line the tree shows.
    let ambient = Invitation::here();
    if ambient.is_some() {
        return ambient;
    }
    match Handle::try_current() {
        Ok(handle) => root::of(handle.id()),
        Err(_) => None,
    }
}

/// To the root of the runtime `id`; if it has none, to the nursery in which the caller runs.
#[track_caller]
pub(crate) fn on(id: Id) -> Option<Invitation> {
    match root::of(id) {
        Some(invitation) => Some(invitation),
        None => Invitation::here(),
    }
}

/// Spawns `future` as a guest, with `spawn`; where nobody invites it, as tokio would.
#[track_caller]
pub(crate) fn spawn<F: Future, H: Handed>(
    invitation: Option<Invitation>,
    future: F,
    spawn: impl FnOnce(Task<F>) -> H,
) -> H {
    let Some(invitation) = invitation else {
        return spawn(Task::plain(future));
    };
    let own = invitation
        .may_be_aborted()
        .then(|| Arc::new(OnceLock::new()));
    let task = match invitation.task(future) {
        Ok(guest) => Task {
            kind: Kind::Guest { guest },
            own: own.clone(),
        },
        Err(future) => Task::plain(future),
    };
    let handle = spawn(task);
    if let Some(own) = own {
        _ = own.set(handle.abort_handle());
    }
    handle
}

/// What tokio hands out for a task.
pub(crate) trait Handed {
    fn abort_handle(&self) -> AbortHandle;
}

impl<T> Handed for JoinHandle<T> {
    fn abort_handle(&self) -> AbortHandle {
        Self::abort_handle(self)
    }
}

impl Handed for AbortHandle {
    fn abort_handle(&self) -> AbortHandle {
        self.clone()
    }
}

/// Blocking work that is a guest, if somebody invites it.
pub(crate) struct Work<W>(Result<GuestWork<W>, W>);

impl<W> Work<W> {
    pub(crate) fn new<T>(invitation: Option<Invitation>, work: W) -> Self
    where
        W: FnOnce() -> T,
    {
        Self(match invitation {
            Some(invitation) => invitation.work(work),
            None => Err(work),
        })
    }

    pub(crate) fn run<T>(self) -> T
    where
        W: FnOnce() -> T,
    {
        match self.0 {
            Ok(guest) => guest.run(),
            Err(work) => work(),
        }
    }
}

pin_project! {
    /// What tokio polls.
    pub(crate) struct Task<F: Future> {
        #[pin]
        kind: Kind<F>,
        // The task itself, if a nursery may abort it: only tokio can end it in the way of an abort.
        own: Option<Arc<OnceLock<AbortHandle>>>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<F: Future> {
        Guest { #[pin] guest: Guest<F> },
        Plain { #[pin] future: F },
        // Its nursery has aborted it, and tokio is to hear of it.
        Aborted,
    }
}

impl<F: Future> Task<F> {
    fn plain(future: F) -> Self {
        Self {
            kind: Kind::Plain { future },
            own: None,
        }
    }
}

impl<F: Future> Future for Task<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        match this.kind.as_mut().project() {
            KindProjection::Plain { future } => return future.poll(cx),
            KindProjection::Guest { guest } => match guest.poll(cx) {
                Poll::Ready(Ok(output)) => return Poll::Ready(output),
                Poll::Ready(Err(_)) => this.kind.set(Kind::Aborted),
                Poll::Pending => return Poll::Pending,
            },
            KindProjection::Aborted => {}
        }
        match this.own.as_ref().and_then(|own| own.get()) {
            Some(own) => own.abort(),
            // Whoever spawns it is about to say who it is.
            None => cx.waker().wake_by_ref(),
        }
        Poll::Pending
    }
}
