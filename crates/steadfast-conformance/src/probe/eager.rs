//! A runtime that begins new tasks at once.

use std::future::Future;
use std::task::{Context, Waker};
use std::time::Instant;

use steadfast_core::{Refused, Spawn, SpawnBlocking, Timer};

/// Polls each new task once inside `spawn`, which backends must not do, and hands on what is not ready.
#[derive(Clone, Debug)]
pub struct Eager<R>(pub R);

impl<R: Spawn> Spawn for Eager<R> {
    /// A runtime that refuses drops the task: it was polled, so that there is nothing to hand back.
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut task = Box::pin(task);
        // A wake need not be kept: the runtime polls what it is given.
        let mut context = Context::from_waker(Waker::noop());
        if task.as_mut().poll(&mut context).is_pending() {
            drop(self.0.spawn(task));
        }
        Ok(())
    }
}

impl<R: SpawnBlocking> SpawnBlocking for Eager<R> {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        self.0.spawn_blocking(work)
    }
}

impl<R: Timer> Timer for Eager<R> {
    type Sleep = R::Sleep;

    fn sleep_until(&self, at: Instant) -> R::Sleep {
        self.0.sleep_until(at)
    }

    fn now(&self) -> Instant {
        self.0.now()
    }
}
