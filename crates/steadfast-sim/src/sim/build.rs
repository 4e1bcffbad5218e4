//! Settings of a simulator.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use steadfast_core::Report;

use super::Sim;
use super::schedule::{Policy, Schedule};
use super::state::Shared;
use super::workers::Workers;

/// Says how a simulator is to be. Made by [`Sim::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    pub(crate) seed: u64,
    pub(crate) policy: Policy,
    pub(crate) workers: usize,
    pub(crate) patience: Duration,
    pub(super) step_limit: u64,
    tick: Duration,
    traced: bool,
    keeps_draws: bool,
    hears: Hears,
}

/// Who hears the reports that are sent on workers with a thread of their own.
#[derive(Clone, Default)]
pub(super) struct Hears(pub(super) Option<Arc<Hear>>);

type Hear = dyn Fn(&Report) + Send + Sync;

impl Default for Builder {
    fn default() -> Self {
        Self {
            seed: 0,
            policy: Policy::Random,
            workers: 1,
            patience: Duration::ZERO,
            step_limit: 10_000_000,
            tick: Duration::ZERO,
            traced: false,
            keeps_draws: false,
            hears: Hears::default(),
        }
    }
}

impl Builder {
    /// What decides where the policy leaves a choice. 0 by default.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The order in which ready tasks are polled. [`Policy::Random`] by default.
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// How many workers there are. 1 by default: the thread that drives the simulator.
    ///
    /// With more, each is a thread with thread-locals of its own, and tasks move between them as the policy has it. One task runs
    /// at a time all the same, so that a seed still decides everything.
    ///
    /// # Panics
    ///
    /// If `workers` is 0.
    #[track_caller]
    pub const fn workers(mut self, workers: usize) -> Self {
        assert!(
            workers > 0,
            "nothing would ever run on 0 workers; use at least 1"
        );
        self.workers = workers;
        self
    }

    /// How long, in real time, a wake from a thread that the simulator does not know is waited for before it says deadlock. None by
    /// default.
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// After how many polls it says livelock. 10,000,000 by default.
    pub const fn step_limit(mut self, steps: u64) -> Self {
        self.step_limit = steps;
        self
    }

    /// How much virtual time each poll takes, and each look at the clock. None by default, so that times are exact.
    ///
    /// Without it, code that never waits never sees time pass: a loop until a deadline is a livelock.
    pub const fn tick(mut self, tick: Duration) -> Self {
        self.tick = tick;
        self
    }

    /// Keeps a [`Trace`](super::Trace) of everything that happens.
    pub const fn traced(mut self) -> Self {
        self.traced = true;
        self
    }

    /// Keeps what chance decides, for [`SimHandle::draws`](super::SimHandle::draws).
    #[doc(hidden)]
    pub const fn keeping_draws(mut self) -> Self {
        self.keeps_draws = true;
        self
    }

    /// Has the reports of workers with a thread of their own sent to `hear`.
    pub(crate) fn hear(mut self, hear: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        self.hears = Hears(Some(Arc::new(hear)));
        self
    }

    /// Makes the simulator.
    ///
    /// # Panics
    ///
    /// If the system has no thread for a worker.
    #[must_use]
    pub fn build(self) -> Sim {
        let mut schedule = Schedule::new(self.policy, self.seed, self.workers);
        if self.keeps_draws {
            schedule.keep_draws();
        }
        let shared = Shared::new(schedule, self.tick, self.traced);
        Sim {
            workers: Workers::start(self.workers, &shared, &self.hears),
            shared,
            settings: self,
        }
    }
}

impl fmt::Debug for Hears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.is_some().fmt(f)
    }
}
