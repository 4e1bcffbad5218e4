//! What a scenario and an invariant know of their trial.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use steadfast_core::Report;

use crate::SimHandle;
use crate::kit::{Faults, Leaks};

/// One run of a scenario: its runtime, its records, and the world that the test made for it. Clones share them.
///
/// Made by [`Trials`](super::Trials). No clone may be left when the trial is over: one in a task or a future that is never dropped
/// is a leak.
pub struct Trial<W = ()> {
    inner: Arc<Inner<W>>,
}

struct Inner<W> {
    runtime: SimHandle,
    seed: u64,
    world: W,
    records: Records,
}

/// What is looked at when the trial is over.
#[derive(Clone, Default)]
pub(super) struct Records {
    pub(super) leaks: Leaks,
    pub(super) faults: Faults,
    pub(super) reports: Arc<Mutex<Vec<Report>>>,
    pub(super) ended: Arc<AtomicBool>,
}

impl Records {
    pub(super) fn reports(&self) -> Vec<Report> {
        let reports = self.reports.lock();
        reports.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<W> Trial<W> {
    pub(super) fn new(runtime: SimHandle, seed: u64, world: W, records: Records) -> Self {
        Self {
            inner: Arc::new(Inner {
                runtime,
                seed,
                world,
                records,
            }),
        }
    }

    /// The scenario has been polled to its end.
    pub(super) fn tell_end(&self) {
        self.inner.records.ended.store(true, Ordering::SeqCst);
    }

    /// Counts its clones, without being one.
    pub(super) fn watch(&self) -> impl Fn() -> usize + use<W> {
        let inner = Arc::downgrade(&self.inner);
        move || inner.strong_count()
    }

    /// The simulator, to open nurseries on. Code that names no runtime finds it, too.
    #[must_use]
    pub fn runtime(&self) -> &SimHandle {
        &self.inner.runtime
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.inner.seed
    }

    /// What [`Trials::world`](super::Trials::world) has made for this trial.
    #[must_use]
    pub fn world(&self) -> &W {
        &self.inner.world
    }

    /// What must be gone when the trial is over.
    #[must_use]
    pub fn leaks(&self) -> &Leaks {
        &self.inner.records.leaks
    }

    /// Where to report what went wrong, from any task.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inner.records.faults
    }

    /// What steadfast has reported in this trial so far. What tells of a loss fails the trial.
    #[must_use]
    pub fn reports(&self) -> Vec<Report> {
        self.inner.records.reports()
    }

    /// Whether the scenario has been polled to its end: always, unless it was dropped.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.inner.records.ended.load(Ordering::SeqCst)
    }
}

impl<W> Clone for Trial<W> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<W> fmt::Debug for Trial<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial")
            .field("seed", &self.inner.seed)
            .finish_non_exhaustive()
    }
}
