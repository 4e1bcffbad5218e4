//! A runtime that looks after every task that it starts.

use std::fmt;
use std::future::Future;
use std::time::Instant;

use steadfast_core::{Refused, Spawn, SpawnBlocking, Timer};

use super::{Faults, no_blocking, no_snooze};

/// Starts tasks on `R`, each under [`no_snooze`] and [`no_blocking`], which report to a record.
///
/// For nurseries whose children should be watched without a change to them:
/// `Nursery::builder().runtime(&Checked::new(&runtime, &faults))`. Nurseries inside run on it as well. Blocking work is handed on.
#[derive(Clone)]
pub struct Checked<R> {
    runtime: R,
    faults: Faults,
}

impl<R: Clone> Checked<R> {
    /// Tasks run on `runtime`; what they do wrong is written down in `faults`.
    pub fn new(runtime: &R, faults: &Faults) -> Self {
        Self {
            runtime: runtime.clone(),
            faults: faults.clone(),
        }
    }
}

impl<R: Spawn> Spawn for Checked<R> {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let inner = no_blocking(task).report_to(&self.faults);
        let spawned = self.runtime.spawn(no_snooze(inner).report_to(&self.faults));
        spawned.map_err(|refused| refused.map(|task| task.into_inner().into_inner()))
    }
}

impl<R: SpawnBlocking> SpawnBlocking for Checked<R> {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        self.runtime.spawn_blocking(work)
    }
}

impl<R: Timer> Timer for Checked<R> {
    type Sleep = R::Sleep;

    fn sleep_until(&self, at: Instant) -> R::Sleep {
        self.runtime.sleep_until(at)
    }

    fn now(&self) -> Instant {
        self.runtime.now()
    }
}

impl<R> fmt::Debug for Checked<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked").finish_non_exhaustive()
    }
}
