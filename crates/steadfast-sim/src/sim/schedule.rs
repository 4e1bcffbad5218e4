//! Who is next: the order in which ready tasks are polled.

use std::collections::VecDeque;

use fastrand::Rng;

use super::draws::Draws;

/// The order in which ready tasks are polled.
///
/// Every policy is fair in the end: each 32nd step takes the task that has been ready for longest, whatever the policy says.
/// Else a task that always wakes itself would be all that runs.
///
/// With several workers, they take turns, save that [`Random`](Self::Random) draws the worker, too. The main future stays on the
/// thread that drives the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// The task that became ready first.
    Fifo,
    /// The task that became ready last.
    Lifo,
    /// The task that was woken last, be it ready before or not. It finds what relies on a first wake.
    LastWokenFirst,
    /// Any ready task, as the seed has it.
    Random,
}

impl Policy {
    /// Every policy.
    pub const ALL: &[Self] = &[Self::Fifo, Self::Lifo, Self::LastWokenFirst, Self::Random];

    /// As it is written in attributes and reports: `last-woken-first`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::Lifo => "lifo",
            Self::LastWokenFirst => "last-woken-first",
            Self::Random => "random",
        }
    }
}

/// How often the oldest ready task is taken, whatever the policy.
const FAIR: u64 = 32;

/// The ready tasks, and who is next.
#[derive(Debug)]
pub(super) struct Schedule {
    policy: Policy,
    rng: Rng,
    /// In the order in which they became ready; under [`Policy::LastWokenFirst`], in that of their last wakes.
    ready: VecDeque<Entry>,
    workers: usize,
    /// The worker of the last step.
    last: usize,
    taken: u64,
    entered: u64,
    /// If they are asked for.
    draws: Option<Draws>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    task: u64,
    /// When it became ready, among all.
    number: u64,
}

impl Schedule {
    pub(super) fn new(policy: Policy, seed: u64, workers: usize) -> Self {
        Self {
            policy,
            rng: Rng::with_seed(seed),
            ready: VecDeque::new(),
            workers,
            last: 0,
            taken: 0,
            entered: 0,
            draws: None,
        }
    }

    /// From here on, keeps what chance decides.
    pub(super) fn keep_draws(&mut self) {
        self.draws = Some(Draws::default());
    }

    /// What chance has decided, if it was kept.
    pub(super) fn draws(&self) -> Option<Draws> {
        self.draws.clone()
    }

    /// Something else than chance decides, too.
    pub(super) fn forget_draws(&mut self) {
        self.draws = None;
    }

    /// `task` has become ready.
    pub(super) fn enter(&mut self, task: u64) {
        self.entered += 1;
        let number = self.entered;
        self.ready.push_back(Entry { task, number });
    }

    /// `task`, which is ready, has been woken once more.
    pub(super) fn woken_again(&mut self, task: u64) {
        if self.policy != Policy::LastWokenFirst {
            return;
        }
        let at = self.ready.iter().position(|entry| entry.task == task);
        let entry = at.and_then(|at| self.ready.remove(at));
        self.ready.extend(entry);
    }

    /// `task` is gone.
    pub(super) fn forget(&mut self, task: u64) {
        self.ready.retain(|entry| entry.task != task);
    }

    /// All tasks are gone.
    pub(super) fn clear(&mut self) {
        self.ready.clear();
    }

    /// The task that is polled now, and the worker that polls it.
    pub(super) fn next(&mut self) -> Option<(u64, usize)> {
        // To ask in vain draws nothing: how often that happens is the machine's affair.
        if self.ready.is_empty() {
            return None;
        }
        self.taken += 1;
        self.last = self.worker();
        let at = match self.taken % FAIR {
            0 => self.oldest(),
            _ => self.place(),
        };
        let entry = self.ready.remove(at)?;
        Some((entry.task, self.last))
    }

    fn worker(&mut self) -> usize {
        match self.policy {
            Policy::Fifo | Policy::Lifo | Policy::LastWokenFirst => (self.last + 1) % self.workers,
            Policy::Random => self.below(self.workers),
        }
    }

    fn place(&mut self) -> usize {
        match self.policy {
            Policy::Fifo => 0,
            Policy::Lifo | Policy::LastWokenFirst => self.ready.len() - 1,
            Policy::Random => self.below(self.ready.len()),
        }
    }

    /// Drawn in 64 bits, so that the stream is the same on every platform.
    fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        let drawn = self.rng.u64(..bound);
        if let Some(draws) = &mut self.draws {
            draws.note(bound, drawn);
        }
        drawn as usize
    }

    /// The place of the task that has been ready for longest.
    fn oldest(&self) -> usize {
        let numbers = self.ready.iter().map(|entry| entry.number).enumerate();
        numbers
            .min_by_key(|(_, number)| *number)
            .map_or(0, |(at, _)| at)
    }
}
