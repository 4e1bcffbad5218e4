//! The simulator: a runtime whose order of polls comes from a seed, and whose clock jumps.

mod blocking;
mod build;
mod draws;
mod handle;
mod run;
mod schedule;
mod state;
mod time;
mod trace;
mod workers;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::build::Builder;
#[doc(hidden)]
pub use self::draws::Draws;
pub use self::handle::SimHandle;
pub use self::schedule::Policy;
pub use self::time::{Idle, Sleep};
pub use self::trace::{TaskId, Trace};

use self::state::{Shared, Task};
use self::workers::Workers;

/// A runtime that runs one task at a time, in an order that a seed decides, with a clock that jumps.
///
/// It is the owner: [`block_on`](steadfast_core::Entry::block_on) drives everything, [`handle`](Self::handle) gives out what
/// nurseries get. The same program with the same seed, policy and number of workers runs in the same order, step by step, as
/// long as it asks nobody else for chance: see the crate's page for what does not count.
///
/// # Life cycle
///
/// Tasks move only inside `block_on` and [`run_steps`](Self::run_steps). When nothing can run, tasks that wait for
/// [`idle`](SimHandle::idle) go on; then the clock jumps to the next timer; then, if no blocking work runs, it is a deadlock.
/// Dropping the owner drops every task, once, on the dropping thread; handles that are left refuse to spawn.
///
/// # Panics
///
/// `block_on` panics, with the seed, the policy, the step, the live tree and the waiting tasks in its text,
///
/// - on a deadlock: the future is not ready and nothing will ever run;
/// - after [`step_limit`](Builder::step_limit) steps, which is a livelock;
/// - if it is called inside of a poll of the same simulator.
///
/// A deadlock and a livelock end the simulator: its tasks are dropped, and it takes no more.
///
/// A panic of a plain task goes on from `block_on`. Tasks of steadfast never panic.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use steadfast_core::{Builder, Entry, sleep};
/// use steadfast_sim::Sim;
///
/// let sim = Sim::new(7);
/// let clock = sim.handle();
/// sim.block_on(Builder::on(&sim.handle()).run(async |n| {
///     n.spawn(sleep(Duration::from_secs(3600)));
/// }));
/// assert_eq!(clock.elapsed(), Duration::from_secs(3600));
/// ```
pub struct Sim {
    shared: Arc<Shared>,
    workers: Workers,
    settings: Builder,
}

impl Sim {
    /// A simulator with one worker that polls ready tasks in the random order of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::builder().seed(seed).build()
    }

    /// Says how a simulator is to be.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A handle: spawns, runs blocking work, tells the time. It does not keep the simulator going.
    #[must_use]
    pub fn handle(&self) -> SimHandle {
        SimHandle::new(Arc::clone(&self.shared))
    }

    /// The seed.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.settings.seed
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> Policy {
        self.settings.policy
    }

    /// How many polls there have been.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.shared.lock().steps
    }

    /// The virtual time since the simulator was made.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.handle().elapsed()
    }

    /// What has happened so far; empty unless the simulator is [`traced`](Builder::traced).
    #[must_use]
    pub fn trace(&self) -> Trace {
        self.shared.lock().trace()
    }

    /// The tasks that have not ended, oldest first.
    #[must_use]
    pub fn tasks(&self) -> Vec<TaskId> {
        self.shared.lock().tasks.keys().copied().collect()
    }

    /// The tasks that have not ended, for a report: a line for each.
    pub(crate) fn waiting(&self) -> String {
        self.shared.lock().waiting()
    }

    /// Drops every task, and takes no more. Again until nothing is left, because a destructor may do anything but spawn.
    ///
    /// Before a main future is dropped by a panic: its children are gone by then, so that no root of another test adopts them.
    pub(crate) fn end(&self) {
        self.shared.lock().closed = true;
        loop {
            let tasks = self.shared.lock().take_all();
            if tasks.is_empty() {
                return;
            }
            tasks.into_values().for_each(drop::<Task>);
        }
    }

    /// Drops a task where it stands, as a host does that aborts it. `false` if it has ended, or is being polled.
    pub fn kill(&self, task: TaskId) -> bool {
        let killed = self.shared.lock().kill(task);
        // Outside of the lock: destructors may wake and spawn.
        killed.map(drop).is_some()
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim")
            .field("settings", &self.settings)
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
