//! What nurseries get of a simulator.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use steadfast_core::{Refused, Spawn, SpawnBlocking, Timer};

use super::draws::Draws;
use super::state::{Shared, current};
use super::time::{Idle, Sleep};

/// Spawns on a [`Sim`](super::Sim), runs blocking work, tells the virtual time. From any thread; it does not keep the simulator
/// going, and is refused by one that has been dropped.
#[derive(Clone)]
pub struct SimHandle {
    shared: Arc<Shared>,
}

impl SimHandle {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The simulator in whose poll this is called.
    ///
    /// # Panics
    ///
    /// Outside of a simulator's polls. The text names the fix.
    ///
    /// # Examples
    ///
    /// ```
    /// use steadfast_core::Entry;
    /// use steadfast_sim::{Sim, SimHandle};
    ///
    /// let sim = Sim::new(1);
    /// sim.block_on(async { SimHandle::current().idle().await });
    /// ```
    #[must_use]
    #[track_caller]
    pub fn current() -> Self {
        match current() {
            Some(shared) => Self::new(shared),
            None => panic!(
                "no simulator polls this code: call `SimHandle::current` in a task of one, as in `#[steadfast::test(sim)]`, or take a \
                 handle from `Sim::handle`"
            ),
        }
    }

    /// The virtual time since the simulator was made.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        let state = self.shared.lock();
        state.now() - state.started
    }

    /// What chance has decided so far, if that is [kept](super::Builder::keeping_draws), and if nothing else decided: no other thread
    /// has woken a task, spawned one, or had to be waited for.
    #[doc(hidden)]
    #[must_use]
    pub fn draws(&self) -> Option<Draws> {
        self.shared.lock().schedule.draws()
    }

    /// Waits until every other task waits for something. No time passes before.
    pub fn idle(&self) -> Idle {
        Idle::new(Arc::clone(&self.shared))
    }
}

impl Spawn for SimHandle {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let spawned = self.shared.spawn(task, |task| Box::pin(task));
        spawned.map_err(Refused::new)
    }
}

impl SpawnBlocking for SimHandle {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        self.shared.spawn_blocking(work)
    }
}

impl Timer for SimHandle {
    type Sleep = Sleep;

    fn sleep_until(&self, at: Instant) -> Sleep {
        Sleep::new(Arc::clone(&self.shared), at)
    }

    fn now(&self) -> Instant {
        let mut state = self.shared.lock();
        state.take_time();
        state.now()
    }
}

impl fmt::Debug for SimHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimHandle").finish_non_exhaustive()
    }
}
