//! What the owner, the handles, the wakers and the timers of one simulator share.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::schedule::Schedule;
use super::trace::{Event, TaskId, Trace};

pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The task whose poll runs on this thread, and its simulator.
pub(super) struct Here {
    pub(super) shared: Arc<Shared>,
    pub(super) task: TaskId,
}

thread_local! {
    static HERE: RefCell<Option<Here>> = const { RefCell::new(None) };
}

/// The simulator in whose poll the caller is.
pub(super) fn current() -> Option<Arc<Shared>> {
    HERE.with_borrow(|here| here.as_ref().map(|here| Arc::clone(&here.shared)))
}

/// Says until the guard goes that this thread is inside a poll.
pub(super) fn enter(here: Here) -> Inside {
    Inside(HERE.replace(Some(here)))
}

pub(super) struct Inside(Option<Here>);

impl Drop for Inside {
    fn drop(&mut self) {
        let over = HERE.replace(self.0.take());
        drop(over);
    }
}

/// The number of the main future.
pub(super) const MAIN: TaskId = TaskId(0);

/// Where a task is between two suspensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody has woken it since its last poll.
    Waiting,
    /// It is in the schedule.
    Ready,
    /// It is being polled.
    Polled,
    /// It is being polled, and was woken since the poll began.
    PolledAndWoken,
}

/// A task that has not ended.
pub(super) struct Task {
    pub(super) phase: Phase,
    /// Elsewhere while it is polled.
    pub(super) work: Option<Work>,
    pub(super) waker: Waker,
    born: (Option<TaskId>, u64),
    woken: Option<(Option<TaskId>, u64)>,
}

pub(super) struct Shared {
    state: Mutex<State>,
    /// Something came from another thread: a wake, a spawn, the end of blocking work.
    changed: Condvar,
}

pub(super) struct State {
    pub(super) started: Instant,
    now: Instant,
    tick: Duration,
    pub(super) closed: bool,
    pub(super) schedule: Schedule,
    pub(super) tasks: BTreeMap<TaskId, Task>,
    spawned: u64,
    pub(super) timers: BTreeMap<(Instant, u64), Waker>,
    pub(super) idlers: BTreeMap<u64, Waker>,
    numbers: u64,
    pub(super) steps: u64,
    /// Blocking work that runs.
    pub(super) blocking: usize,
    /// Blocking work that has begun since the last step.
    pub(super) fresh: bool,
    trace: Option<Trace>,
    /// The thread that drives it, or that did last.
    driver: Option<ThreadId>,
}

impl Shared {
    pub(super) fn new(schedule: Schedule, tick: Duration, traced: bool) -> Arc<Self> {
        let started = Instant::now();
        Arc::new(Self {
            state: Mutex::new(State {
                started,
                now: started,
                tick,
                closed: false,
                schedule,
                tasks: BTreeMap::new(),
                spawned: 0,
                timers: BTreeMap::new(),
                idlers: BTreeMap::new(),
                numbers: 0,
                steps: 0,
                blocking: 0,
                fresh: false,
                trace: traced.then(Trace::default),
                driver: None,
            }),
            changed: Condvar::new(),
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self) {
        self.changed.notify_all();
    }

    /// Waits for news from another thread, for so long in real time.
    pub(super) fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        limit: Duration,
    ) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, limit);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// The task of this simulator in whose poll the caller is.
    pub(super) fn asking(self: &Arc<Self>) -> Option<TaskId> {
        let ours = |here: &Option<Here>| {
            let here = here.as_ref();
            let here = here.filter(|here| Arc::ptr_eq(&here.shared, self));
            here.map(|here| here.task)
        };
        // Wakers are woken while threads end, too.
        HERE.try_with(|here| ours(&here.borrow())).ok()?
    }

    /// Takes `work` in, unless the simulator has been dropped.
    pub(super) fn spawn<W>(self: &Arc<Self>, work: W, box_it: fn(W) -> Work) -> Result<(), W> {
        let by = self.asking();
        let mut state = self.lock();
        if state.closed {
            drop(state);
            return Err(work);
        }
        state.hear_from(by);
        state.spawned += 1;
        let task = TaskId(state.spawned);
        let waker = self.waker(task);
        let born = (by, state.steps);
        state.note(Event::Spawned { task, by });
        state.tasks.insert(
            task,
            Task {
                phase: Phase::Ready,
                work: Some(box_it(work)),
                waker,
                born,
                woken: None,
            },
        );
        state.schedule.enter(task.0);
        drop(state);
        self.tell();
        Ok(())
    }

    /// The main future becomes a task like the others, but for its work, which stays with `block_on`.
    pub(super) fn enter_main(self: &Arc<Self>) {
        let waker = self.waker(MAIN);
        let mut state = self.lock();
        let born = (None, state.steps);
        state.driver = Some(thread::current().id());
        state.tasks.entry(MAIN).or_insert(Task {
            phase: Phase::Waiting,
            work: None,
            waker,
            born,
            woken: None,
        });
        drop(state);
        self.wake(MAIN);
    }

    fn waker(self: &Arc<Self>, task: TaskId) -> Waker {
        Waker::from(Arc::new(TaskWaker {
            task,
            // Wakers outlive the simulator.
            shared: Arc::downgrade(self),
        }))
    }

    pub(super) fn wake(self: &Arc<Self>, task: TaskId) {
        let by = self.asking();
        let mut state = self.lock();
        let step = state.steps;
        if !state.tasks.contains_key(&task) {
            return;
        }
        state.hear_from(by);
        let Some(found) = state.tasks.get_mut(&task) else {
            return;
        };
        found.woken = Some((by, step));
        match found.phase {
            Phase::Waiting => {
                found.phase = Phase::Ready;
                state.schedule.enter(task.0);
            }
            Phase::Polled => found.phase = Phase::PolledAndWoken,
            Phase::Ready => state.schedule.woken_again(task.0),
            Phase::PolledAndWoken => {}
        }
        state.note(Event::Woken { task, by });
        drop(state);
        self.tell();
    }
}

impl State {
    /// Something comes from a poll of `by`; from outside, what another thread does, and when, decides how the run goes on.
    fn hear_from(&mut self, by: Option<TaskId>) {
        if by.is_none()
            && self
                .driver
                .is_some_and(|driver| driver != thread::current().id())
        {
            self.schedule.forget_draws();
        }
    }

    pub(super) fn note(&mut self, event: Event) {
        if let Some(trace) = &mut self.trace {
            trace.events.push(event);
        }
    }

    pub(super) fn trace(&self) -> Trace {
        self.trace.clone().unwrap_or_default()
    }

    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// The time, without taking any.
    pub(super) const fn now(&self) -> Instant {
        self.now
    }

    /// Something was done that takes time.
    pub(super) fn take_time(&mut self) {
        self.now += self.tick;
    }

    /// Begins the poll of `task` on `worker`.
    pub(super) fn begin(&mut self, task: TaskId, worker: usize) -> Option<(Option<Work>, Waker)> {
        self.steps += 1;
        self.take_time();
        self.note(Event::Polled { task, worker });
        let found = self.tasks.get_mut(&task)?;
        found.phase = Phase::Polled;
        Some((found.work.take(), found.waker.clone()))
    }

    /// After a poll that was pending. Hands the work back if the task has been killed meanwhile.
    pub(super) fn rest(&mut self, task: TaskId, work: Option<Work>) -> Option<Work> {
        let Some(found) = self.tasks.get_mut(&task) else {
            return work;
        };
        found.work = work;
        if found.phase == Phase::PolledAndWoken {
            found.phase = Phase::Ready;
            self.schedule.enter(task.0);
        } else {
            found.phase = Phase::Waiting;
        }
        None
    }

    /// After a poll that was ready. What is left of the task is to be dropped outside of the lock.
    pub(super) fn end(&mut self, task: TaskId) -> Option<Task> {
        self.note(Event::Ended { task });
        self.tasks.remove(&task)
    }

    /// Takes a task out that is not being polled.
    pub(super) fn kill(&mut self, task: TaskId) -> Option<Task> {
        let found = self.tasks.get(&task)?;
        if task == MAIN || matches!(found.phase, Phase::Polled | Phase::PolledAndWoken) {
            return None;
        }
        self.schedule.forget(task.0);
        self.note(Event::Killed { task });
        self.tasks.remove(&task)
    }

    /// Takes all tasks out, for their end.
    pub(super) fn take_all(&mut self) -> BTreeMap<TaskId, Task> {
        self.schedule.clear();
        std::mem::take(&mut self.tasks)
    }

    /// Those whose time has come.
    pub(super) fn take_due(&mut self) -> Vec<Waker> {
        if self
            .timers
            .first_key_value()
            .is_none_or(|((at, _), _)| *at > self.now)
        {
            return Vec::new();
        }
        let later = self.timers.split_off(&(self.now, u64::MAX));
        std::mem::replace(&mut self.timers, later)
            .into_values()
            .collect()
    }

    /// If nothing can run: who has waited for that for longest or, if there is nobody, those whose time comes next; the clock jumps
    /// to it. One at a time, because whoever goes on is no longer blocked.
    pub(super) fn take_next(&mut self) -> Vec<Waker> {
        if let Some((_, waker)) = self.idlers.pop_first() {
            return vec![waker];
        }
        if self.blocking > 0 {
            return Vec::new();
        }
        let Some((&(at, _), _)) = self.timers.first_key_value() else {
            return Vec::new();
        };
        self.now = self.now.max(at);
        let to = self.now - self.started;
        self.note(Event::Jumped { to });
        self.take_due()
    }

    /// The tasks that wait, for a report: one line each.
    pub(super) fn waiting(&self) -> String {
        let lines = self.tasks.iter().map(|(task, found)| found.line(*task));
        lines.collect()
    }
}

impl Task {
    fn line(&self, task: TaskId) -> String {
        let by = |by: Option<TaskId>| by.map_or("from outside".to_owned(), |by| format!("by {by}"));
        let woken = match self.woken {
            Some((who, step)) => format!("last woken {} at step {step}", by(who)),
            None => "never woken".to_owned(),
        };
        let (who, step) = self.born;
        format!("  {task}: spawned {} at step {step}, {woken}\n", by(who))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Shared")
            .field("steps", &state.steps)
            .field("tasks", &state.tasks.len())
            .finish_non_exhaustive()
    }
}

struct TaskWaker {
    task: TaskId,
    shared: Weak<Shared>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if let Some(shared) = self.shared.upgrade() {
            shared.wake(self.task);
        }
    }
}
