//! A runtime whose type has been forgotten.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use crate::sync::{Mutex, lock};
use crate::{Refused, Runtime, Spawn, SpawnBlocking, Timer};

/// A boxed timer.
pub type BoxSleep = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;
/// Boxed blocking work.
pub type BoxWork = Box<dyn FnOnce() + Send + 'static>;

/// The mirror of [`Runtime`] for trait objects: each task costs one box more. Implemented for every [`Runtime`].
pub trait DynRuntime: Send + Sync + 'static {
    /// [`Spawn::spawn`], boxed.
    ///
    /// # Errors
    ///
    /// As [`Spawn::spawn`].
    fn spawn_dyn(&self, task: BoxTask) -> Result<(), Refused<BoxTask>>;
    /// [`SpawnBlocking::spawn_blocking`], boxed.
    ///
    /// # Errors
    ///
    /// As [`SpawnBlocking::spawn_blocking`].
    fn spawn_blocking_dyn(&self, work: BoxWork) -> Result<(), Refused<BoxWork>>;
    /// [`Timer::sleep_until`], boxed.
    fn sleep_until_dyn(&self, at: Instant) -> BoxSleep;
    /// [`Timer::now`].
    fn now_dyn(&self) -> Instant;
    /// The runtime itself, for a caller that knows its type.
    fn as_any(&self) -> &dyn Any;
}

impl<R: Runtime> DynRuntime for R {
    fn spawn_dyn(&self, task: BoxTask) -> Result<(), Refused<BoxTask>> {
        self.spawn(task)
    }

    fn spawn_blocking_dyn(&self, work: BoxWork) -> Result<(), Refused<BoxWork>> {
        self.spawn_blocking(work)
    }

    fn sleep_until_dyn(&self, at: Instant) -> BoxSleep {
        Box::pin(self.sleep_until(at))
    }

    fn now_dyn(&self) -> Instant {
        self.now()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Any runtime, behind a shared pointer.
///
/// A child that is spawned through it costs one allocation more than on the runtime itself, because its future must be
/// boxed.
#[derive(Clone)]
pub struct AnyRuntime(Arc<dyn DynRuntime>);

impl AnyRuntime {
    /// Forgets the type of `runtime`.
    pub fn new<R: Runtime>(runtime: R) -> Self {
        Self(Arc::new(runtime))
    }

    /// The runtime itself, if it is an `R`.
    pub fn downcast_ref<R: Runtime>(&self) -> Option<&R> {
        self.0.as_any().downcast_ref()
    }
}

impl Spawn for AnyRuntime {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        match self.0.spawn_dyn(BoxTask::new(task)) {
            Ok(()) => Ok(()),
            Err(refused) => refused
                .into_inner()
                .downcast()
                .map_or(Ok(()), |task| Err(Refused::new(task))),
        }
    }
}

impl SpawnBlocking for AnyRuntime {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        // The work waits in a cell, from which either the runtime's thread or, after a refusal, we take it back.
        let cell = Arc::new(Mutex::new(Some(work)));
        let theirs = Arc::clone(&cell);
        let run = move || {
            let work = lock(&theirs).take();
            if let Some(work) = work {
                work();
            }
        };
        match self.0.spawn_blocking_dyn(Box::new(run)) {
            Ok(()) => Ok(()),
            Err(_) => {
                let work = lock(&cell).take();
                work.map_or(Ok(()), |work| Err(Refused::new(work)))
            }
        }
    }
}

impl Timer for AnyRuntime {
    type Sleep = BoxSleep;

    fn sleep_until(&self, at: Instant) -> Self::Sleep {
        self.0.sleep_until_dyn(at)
    }

    fn now(&self) -> Instant {
        self.0.now_dyn()
    }
}

impl fmt::Debug for AnyRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyRuntime").finish_non_exhaustive()
    }
}

/// A boxed task. Until it is polled, it can be turned back into what it was made of.
pub struct BoxTask(Stage);

enum Stage {
    Unpolled(Box<dyn Erased>),
    Polled(Pin<Box<dyn Erased>>),
    Moving,
}

trait Erased: Future<Output = ()> + Send {
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send>;
}

impl<F: Future<Output = ()> + Send + 'static> Erased for F {
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

impl BoxTask {
    /// Boxes `task`.
    pub fn new<F: Future<Output = ()> + Send + 'static>(task: F) -> Self {
        Self(Stage::Unpolled(Box::new(task)))
    }

    fn downcast<F: 'static>(self) -> Option<F> {
        match self.0 {
            Stage::Unpolled(task) => task.into_any().downcast().ok().map(|task| *task),
            Stage::Polled(_) | Stage::Moving => None,
        }
    }
}

impl Future for BoxTask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0 = match std::mem::replace(&mut self.0, Stage::Moving) {
            Stage::Unpolled(task) => Stage::Polled(Box::into_pin(task)),
            polled => polled,
        };
        match &mut self.0 {
            Stage::Polled(task) => task.as_mut().poll(cx),
            Stage::Unpolled(_) | Stage::Moving => Poll::Ready(()),
        }
    }
}

impl fmt::Debug for BoxTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxTask").finish_non_exhaustive()
    }
}
