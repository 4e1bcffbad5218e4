//! A runtime whose clock stands still while anything can run, and jumps when nothing can.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use steadfast_core::{Refused, Runtime, Spawn, SpawnBlocking, Timer};

use super::watched::{Status, Watched};
use super::{Gate, OnDrop};
use crate::Fixture;

/// Runs tasks and blocking work on `R`, and brings a clock of its own.
///
/// Only what it starts and the future of [`run`](Self::run) are counted: none of them may wait for anything else, such as
/// `R`'s own timers. Clones share the clock.
#[derive(Clone)]
pub struct Virtual<R> {
    runtime: R,
    clock: Arc<Clock>,
}

impl<R> Virtual<R> {
    /// A clock that stands at the present.
    pub fn new(runtime: R) -> Self {
        let state = State {
            now: Instant::now(),
            made: 0,
            tasks: BTreeMap::new(),
            sleepers: BTreeMap::new(),
            wakes: false,
        };
        let clock = Arc::new(Clock(Mutex::new(state)));
        Self { runtime, clock }
    }

    /// Enters the runtime of `fx` until `future` is ready. It is one of the tasks that hold the clock.
    pub fn run<S: Runtime, F: Future>(&self, fx: &Fixture<S>, future: F) -> F::Output {
        fx.block_on(Watched::new(&self.clock, future))
    }

    /// Waits until every other task is blocked. The clock does not jump before.
    pub fn idle(&self) -> Sleep {
        Sleep::new(&self.clock, None)
    }
}

impl<R> fmt::Debug for Virtual<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Virtual").finish_non_exhaustive()
    }
}

impl<R: Spawn> Spawn for Virtual<R> {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let spawned = self.runtime.spawn(Watched::new(&self.clock, task));
        spawned.map_err(|refused| refused.map(Watched::into_inner))
    }
}

impl<R: SpawnBlocking> SpawnBlocking for Virtual<R> {
    /// The clock stands still until the work is over.
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        let (clock, id) = (Arc::clone(&self.clock), self.clock.enter());
        let over = OnDrop::new(move || clock.leave(id));
        let work = Arc::new(Mutex::new(Some(work)));
        let theirs = Arc::clone(&work);
        let take = |work: &Mutex<Option<W>>| work.lock().ok().and_then(|mut work| work.take());
        let spawned = self.runtime.spawn_blocking(move || {
            let _over = over;
            if let Some(work) = take(&theirs) {
                work();
            }
        });
        match spawned {
            Ok(()) => Ok(()),
            Err(_) => take(&work).map_or(Ok(()), |work| Err(Refused::new(work))),
        }
    }
}

impl<R: Send + Sync + 'static> Timer for Virtual<R> {
    type Sleep = Sleep;

    fn sleep_until(&self, at: Instant) -> Sleep {
        Sleep::new(&self.clock, Some(at))
    }

    fn now(&self) -> Instant {
        self.clock.lock().now
    }
}

/// Waits for an instant, or for the others to be blocked.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Sleep {
    key: Key,
    gate: Gate,
    clock: Arc<Clock>,
}

/// Without an instant: as soon as everybody is blocked, before any time passes. The number tells sleepers apart.
type Key = (Option<Instant>, u64);

impl Sleep {
    fn new(clock: &Arc<Clock>, at: Option<Instant>) -> Self {
        Self {
            key: (at, clock.lock().number()),
            gate: Gate::new(),
            clock: Arc::clone(clock),
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.lock();
        if self.gate.is_open() || self.key.0.is_some_and(|at| at <= state.now) {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.key, self.gate.clone());
        drop(state);
        Pin::new(&mut self.gate.wait()).poll(cx)
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        // Bound to a name, so that wakers are dropped outside of the lock.
        let gate = self.clock.lock().sleepers.remove(&self.key);
        drop(gate);
    }
}

/// What the handles, the tasks and the sleepers of one clock share.
#[derive(Debug)]
pub(super) struct Clock(Mutex<State>);

#[derive(Debug)]
struct State {
    now: Instant,
    made: u64,
    tasks: BTreeMap<u64, Status>,
    sleepers: BTreeMap<Key, Gate>,
    /// Somebody is waking those whose time has come. Until all are awake, those who sleep again are not the last word.
    wakes: bool,
}

impl Clock {
    /// A new task, which is runnable.
    pub(super) fn enter(&self) -> u64 {
        let mut state = self.lock();
        let id = state.number();
        state.tasks.insert(id, Status::Runnable);
        id
    }

    /// The task is over: nothing of it is left.
    pub(super) fn leave(&self, id: u64) {
        self.lock().tasks.remove(&id);
        self.jump_if_idle();
    }

    /// Changes the status of a task, unless it is over. Wakers outlive their tasks.
    pub(super) fn change(&self, id: u64, change: impl FnOnce(Status) -> Status) {
        if let Some(status) = self.lock().tasks.get_mut(&id) {
            *status = change(*status);
        }
        self.jump_if_idle();
    }

    fn jump_if_idle(&self) {
        loop {
            let due = self.lock().take_due();
            if due.is_empty() {
                return;
            }
            due.iter().for_each(Gate::open);
            self.lock().wakes = false;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// If everybody is blocked, moves the clock to the next sleepers and takes them out.
    fn take_due(&mut self) -> Vec<Gate> {
        let idle = self.tasks.values().all(|status| *status == Status::Blocked);
        let Some(&(at, _)) = self.sleepers.keys().next().filter(|_| idle && !self.wakes) else {
            return Vec::new();
        };
        self.now = at.unwrap_or(self.now);
        let later = self.sleepers.split_off(&(at, u64::MAX));
        let due = std::mem::replace(&mut self.sleepers, later);
        self.wakes = true;
        due.into_values().collect()
    }
}
