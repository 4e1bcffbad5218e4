//! A task of tokio's that is a guest of a nursery.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use steadfast_core::{Guest, GuestWork, Invitation};
use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;

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

/// `future` as a guest, if somebody invites it, and who is to hear of its handle.
///
/// The caller spawns it: through a closure, tokio would see the closure's line.
pub(crate) fn task<F: Future>(invitation: Option<Invitation>, future: F) -> (Task<F>, Own) {
    let own = match &invitation {
        Some(invitation) if invitation.may_be_aborted() => Own(Some(Arc::default())),
        _ => Own(None),
    };
    let guest = match invitation {
        Some(invitation) => invitation.task(future),
        None => Err(future),
    };
    let kind = match guest {
        Ok(guest) => Kind::Guest { guest },
        Err(future) => Kind::Plain { future },
    };
    let task = Task {
        kind,
        own: own.clone(),
    };
    (task, own)
}

/// The handle of a task, if a nursery may abort it: only tokio can end it in the way of an abort.
#[derive(Clone)]
pub(crate) struct Own(Option<Arc<OnceLock<AbortHandle>>>);

impl Own {
    pub(crate) fn is(&self, handle: impl FnOnce() -> AbortHandle) {
        if let Some(own) = &self.0 {
            _ = own.set(handle());
        }
    }

    fn get(&self) -> Option<&AbortHandle> {
        self.0.as_ref().and_then(|own| own.get())
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
        own: Own,
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
        match this.own.get() {
            Some(own) => own.abort(),
            // Whoever spawns it is about to say who it is.
            None => cx.waker().wake_by_ref(),
        }
        Poll::Pending
    }
}
