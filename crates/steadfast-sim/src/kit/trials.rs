//! One scenario, many runs: dropped, or asked to end, at every poll, over a number of seeds.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use self::attempt::{Attempt, Deed, Moment};
use crate::{Builder, Policy, Sim};

mod attempt;
mod seeds;
mod trial;

#[doc(hidden)]
pub use self::seeds::{seed_of_environment, seeds_of_environment};
pub use self::trial::Trial;

/// Runs `scenario` on a fresh simulator for each place where it can be dropped, drops it there, and looks what is left.
///
/// [`Trials::drop_at_every_poll`] with the settings of [`Trials::new`].
///
/// # Panics
///
/// As there.
pub fn drop_at_every_poll<F: Future<Output = ()>>(
    scenario: impl FnMut(Trial) -> F,
    invariant: impl FnMut(&Trial),
) -> Explored {
    Trials::new().drop_at_every_poll(scenario, invariant)
}

/// Runs `scenario` on a fresh simulator for each place where it can be asked to end, asks it there, awaits it, and looks what is
/// left.
///
/// [`Trials::cancel_at_every_poll`] with the settings of [`Trials::new`].
///
/// # Panics
///
/// As there.
pub fn cancel_at_every_poll<F: Future<Output = ()>>(
    scenario: impl FnMut(Trial) -> F,
    invariant: impl FnMut(&Trial),
) -> Explored {
    Trials::new().cancel_at_every_poll(scenario, invariant)
}

/// Says how a scenario is to be tried: with how many seeds, under which policy, with what for a world.
///
/// # A trial
///
/// Each trial has a fresh [`Sim`], a root, and a nursery named `trial`, in whose body the scenario runs. So code inside finds its
/// runtime, what the scenario leaves behind when it is dropped is adopted, and what is adopted has finished when the nursery
/// returns. Then everything that can still run does, and the trial is looked at, in this order:
///
/// 1. **No task is left** on the simulator, also none that was spawned without a nursery.
/// 2. **No child and no clean-up is left** in the live tree.
/// 3. **Nothing was lost**: no clean-up, no work that must complete, no nursery without one that adopts it.
/// 4. [`Trial::faults`] is empty.
/// 5. The **invariant** of the test holds.
/// 6. Nothing of [`Trial::leaks`] is left, nor is the [`Trial`] itself, once the trial, its world and its simulator are gone.
///
/// A scenario, a child or a clean-up that never ends is a deadlock, and fails the trial, too.
///
/// Tests that run at the same time share a process, and so the roots that are open in it: a guard that is dropped outside of every
/// steadfast task is cleaned up by the newest one, be it that of another test.
///
/// # When a trial fails
///
/// The panic names what happened to the scenario at which poll, and the seed; it has the live tree of the trial, and the command
/// that runs this seed again. With `STEADFAST_SEED` in the environment, that seed is the only one.
///
/// # Examples
///
/// ```
/// use steadfast_core::{Builder, FutureExt, yield_now};
/// use steadfast_sim::Policy;
/// use steadfast_sim::kit::{Tally, Trials};
///
/// #[derive(Default)]
/// struct World {
///     begun: Tally,
///     committed: Tally,
/// }
///
/// for &policy in Policy::ALL {
///     let explored = Trials::new().seeds(4).policy(policy).world(World::default).drop_at_every_poll(
///         async |trial| {
///             Builder::on(trial.runtime())
///                 .run(async |n| {
///                     let connection = trial.leaks().token("connection");
///                     n.spawn(async move {
///                         yield_now().await;
///                         drop(connection);
///                     });
///                     let inside = trial.clone();
///                     let commit = async move {
///                         inside.world().begun.add();
///                         yield_now().await;
///                         inside.world().committed.add();
///                     };
///                     commit.must_complete().await;
///                 })
///                 .await;
///         },
///         |trial| assert_eq!(trial.world().begun.count(), trial.world().committed.count()),
///     );
///     assert!(explored.polls() >= 3);
/// }
/// ```
#[must_use = "a setting tries nothing"]
pub struct Trials<W = ()> {
    settings: Settings,
    first_seed: u64,
    seeds: u64,
    poll_limit: usize,
    world: Box<dyn Fn() -> W>,
}

/// How each trial is set up.
#[derive(Debug)]
struct Settings {
    sim: Builder,
    root: Cow<'static, str>,
    grace: Option<Duration>,
}

impl Trials {
    /// Seeds 0 to 7, random order, one worker, no world.
    pub fn new() -> Self {
        Self::on(Sim::builder())
    }

    /// The same on simulators of these settings, the seed of which is the first. They have at least half a second of
    /// [patience](Builder::patience), so that long a deadlock takes to be told.
    pub fn on(sim: Builder) -> Self {
        let patience = sim.patience.max(PATIENCE);
        let sim = sim.patience(patience);
        Self {
            first_seed: sim.seed,
            settings: Settings {
                sim,
                root: Cow::Borrowed("root of the trial"),
                grace: None,
            },
            seeds: 8,
            poll_limit: 1000,
            world: Box::new(|| ()),
        }
    }
}

impl Default for Trials {
    fn default() -> Self {
        Self::new()
    }
}

impl<W> Trials<W> {
    /// How many seeds are tried.
    ///
    /// # Panics
    ///
    /// If `seeds` is 0: nothing would be tried.
    #[track_caller]
    pub fn seeds(mut self, seeds: u64) -> Self {
        assert!(
            seeds > 0,
            "nothing would be tried with 0 seeds; use at least 1"
        );
        self.seeds = seeds;
        self
    }

    /// The order in which ready tasks are polled. Under other policies than [`Policy::Random`] a seed decides something only if
    /// there are several workers or the program asks it.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.settings.sim = self.settings.sim.policy(policy);
        self
    }

    /// How many workers there are.
    ///
    /// # Panics
    ///
    /// If `workers` is 0.
    #[track_caller]
    pub fn workers(mut self, workers: usize) -> Self {
        self.settings.sim = self.settings.sim.workers(workers);
        self
    }

    /// Names the root of each trial, in the tree and in reports.
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.settings.root = name.into();
        self
    }

    /// Aborts what has not ended so long, in virtual time, after a request. Never by default.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.settings.grace = Some(grace);
        self
    }

    /// After how many polls a scenario counts as one that never ends. 1000 by default: the time that it takes to try them all grows
    /// with their square.
    pub fn poll_limit(mut self, polls: usize) -> Self {
        self.poll_limit = polls;
        self
    }

    /// What each trial has of its own, to be shared by the scenario and the invariant: made anew for every trial.
    pub fn world<V>(self, make: impl Fn() -> V + 'static) -> Trials<V> {
        Trials {
            settings: self.settings,
            first_seed: self.first_seed,
            seeds: self.seeds,
            poll_limit: self.poll_limit,
            world: Box::new(make),
        }
    }

    /// Tries what becomes of `scenario` when it is **dropped**, at every place where it can be.
    ///
    /// For each seed and `n` = 0, 1, 2, ... the scenario is polled `n` times on a fresh simulator and dropped: once right after
    /// poll `n`, and once in the place of poll `n + 1`, when what it waits for has happened and it does not know yet. This ends
    /// with the first trial in which the scenario is ready by poll `n`. The trials are as said [above](Self#a-trial); `invariant`
    /// is called after each.
    ///
    /// # Panics
    ///
    /// If a trial fails, if the scenario has not ended after [`poll_limit`](Self::poll_limit) polls, or if `STEADFAST_SEED` is not
    /// a number.
    pub fn drop_at_every_poll<F: Future<Output = ()>>(
        self,
        scenario: impl FnMut(Trial<W>) -> F,
        invariant: impl FnMut(&Trial<W>),
    ) -> Explored {
        self.explore(Deed::Drop, scenario, invariant)
    }

    /// Tries what becomes of `scenario` when it is **asked to end**, at every place between two polls.
    ///
    /// As [`drop_at_every_poll`](Self::drop_at_every_poll), with a request to a cancel scope around the scenario in the place of
    /// the drop; the scenario is then awaited, and must end.
    ///
    /// # Panics
    ///
    /// As there.
    pub fn cancel_at_every_poll<F: Future<Output = ()>>(
        self,
        scenario: impl FnMut(Trial<W>) -> F,
        invariant: impl FnMut(&Trial<W>),
    ) -> Explored {
        self.explore(Deed::Cancel, scenario, invariant)
    }

    /// Runs `scenario` to its end, once for each seed, and looks what is left.
    ///
    /// # Panics
    ///
    /// If a trial fails, or if `STEADFAST_SEED` is not a number.
    pub fn run<F: Future<Output = ()>>(
        self,
        mut scenario: impl FnMut(Trial<W>) -> F,
        mut invariant: impl FnMut(&Trial<W>),
    ) {
        for seed in self.seeds_to_try() {
            let attempt = Attempt::new(&self.settings, seed, None);
            attempt.run((self.world)(), &mut scenario, &mut invariant);
        }
    }

    fn explore<F: Future<Output = ()>>(
        &self,
        deed: Deed,
        mut scenario: impl FnMut(Trial<W>) -> F,
        mut invariant: impl FnMut(&Trial<W>),
    ) -> Explored {
        let mut explored = Explored {
            trials: 0,
            polls: usize::MAX,
        };
        for seed in self.seeds_to_try() {
            let mut try_at = |moment| {
                explored.trials += 1;
                let attempt = Attempt::new(&self.settings, seed, Some((deed, moment)));
                attempt.run((self.world)(), &mut scenario, &mut invariant)
            };
            let ends_at = |polls: &usize| {
                // Before the first poll there is nothing to wait for: the two moments are one.
                try_at(Moment::RightAfter(*polls))
                    || *polls > 0 && try_at(Moment::InPlaceOf(polls + 1))
            };
            let polls = (0..=self.poll_limit).find(ends_at);
            let polls = polls.unwrap_or_else(|| {
                panic!(
                    "steadfast-sim: with seed {seed} the scenario has not ended after {} polls; bound its loops, or raise `poll_limit`",
                    self.poll_limit
                )
            });
            explored.polls = explored.polls.min(polls);
        }
        explored
    }

    fn seeds_to_try(&self) -> impl Iterator<Item = u64> + use<W> {
        let (first, count) = match seed_of_environment() {
            Some(seed) => (seed, 1),
            None => (self.first_seed, self.seeds),
        };
        (0..count).map(move |number| first.wrapping_add(number))
    }
}

impl<W> fmt::Debug for Trials<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trials")
            .field("settings", &self.settings)
            .field("seeds", &self.seeds)
            .finish_non_exhaustive()
    }
}

/// For how long a trial waits for another thread before it says deadlock. A root that another test drops, because it panics, may hold
/// the one of the trial open for a moment.
const PATIENCE: Duration = Duration::from_millis(500);

/// How much was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a scenario that ends at its first poll tries next to nothing: put a floor under `polls`"]
pub struct Explored {
    trials: usize,
    polls: usize,
}

impl Explored {
    /// How many trials there were, of all seeds.
    #[must_use]
    pub const fn trials(&self) -> usize {
        self.trials
    }

    /// How many polls the scenario took to end when nothing happened to it; of several seeds, the fewest.
    #[must_use]
    pub const fn polls(&self) -> usize {
        self.polls
    }
}
