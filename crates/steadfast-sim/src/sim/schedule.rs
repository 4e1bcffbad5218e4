//! Who is next: the order in which ready tasks are polled.

use std::collections::VecDeque;

use fastrand::Rng;

/// The order in which ready tasks are polled.
///
/// Every policy is fair in the end: each 32nd step takes the task that has been ready for longest, whatever the policy says.
/// Else a task that always wakes itself would be all that runs.
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

/// The ready tasks, in one queue for each worker, oldest first.
#[derive(Debug)]
pub(super) struct Schedule {
    policy: Policy,
    rng: Rng,
    queues: Vec<VecDeque<Entry>>,
    /// The worker of the last step.
    last: usize,
    taken: u64,
    entered: u64,
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
            queues: (0..workers).map(|_| VecDeque::new()).collect(),
            last: 0,
            taken: 0,
            entered: 0,
        }
    }

    /// `task` has become ready, on the queue of `worker`.
    pub(super) fn enter(&mut self, task: u64, worker: usize) {
        self.entered += 1;
        let number = self.entered;
        self.queues[worker].push_back(Entry { task, number });
    }

    /// `task`, which is ready, has been woken once more.
    pub(super) fn woken_again(&mut self, task: u64) {
        if self.policy != Policy::LastWokenFirst {
            return;
        }
        for queue in &mut self.queues {
            if let Some(at) = queue.iter().position(|entry| entry.task == task) {
                if let Some(entry) = queue.remove(at) {
                    queue.push_back(entry);
                }
            }
        }
    }

    /// `task` is gone.
    pub(super) fn forget(&mut self, task: u64) {
        for queue in &mut self.queues {
            queue.retain(|entry| entry.task != task);
        }
    }

    /// The task that is polled now, and the worker that polls it.
    pub(super) fn next(&mut self) -> Option<(u64, usize)> {
        let worker = self.worker();
        // A worker with nothing to do takes from the next one that has something.
        let count = self.queues.len();
        let from = (0..count)
            .map(|step| (worker + step) % count)
            .find(|from| !self.queues[*from].is_empty())?;
        self.taken += 1;
        let (from, at) = if self.taken % FAIR == 0 {
            self.oldest()?
        } else {
            (from, self.place(from))
        };
        let entry = self.queues[from].remove(at)?;
        self.last = worker;
        Some((entry.task, worker))
    }

    fn worker(&mut self) -> usize {
        let count = self.queues.len();
        match self.policy {
            Policy::Fifo => (self.last + 1) % count,
            Policy::Lifo | Policy::LastWokenFirst => self.last,
            Policy::Random => self.below(count),
        }
    }

    fn place(&mut self, from: usize) -> usize {
        let length = self.queues[from].len();
        match self.policy {
            Policy::Fifo => 0,
            Policy::Lifo | Policy::LastWokenFirst => length - 1,
            Policy::Random => self.below(length),
        }
    }

    /// Drawn in 64 bits, so that the stream is the same on every platform.
    fn below(&mut self, bound: usize) -> usize {
        self.rng.u64(..bound as u64) as usize
    }

    /// The queue and the place of the task that has been ready for longest.
    fn oldest(&self) -> Option<(usize, usize)> {
        let all = self.queues.iter().enumerate().flat_map(|(from, queue)| {
            let entries = queue.iter().enumerate();
            entries.map(move |(at, entry)| (entry.number, from, at))
        });
        all.min().map(|(_, from, at)| (from, at))
    }
}
