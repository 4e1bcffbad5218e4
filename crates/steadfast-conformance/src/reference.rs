//! A small, correct runtime of plain threads: what the suite is tested with, and what the broken ones are broken from.
//!
//! It is written to be read, not to be fast. [`Pool`] owns the threads; [`PoolHandle`] is what nurseries get.

mod task;
mod timers;

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::Instant;

use steadfast_core::{Entry, Refused, Spawn, SpawnBlocking, Timer};

use self::task::{Task, Work};
use self::timers::Timers;
use crate::mutants::Fault;
use crate::probe::Scripted;
use crate::{Fixture, Profile, Subject};

pub use self::timers::Sleep;

/// Owns a fixed number of threads that poll tasks, and one that watches timers. Blocking work gets a thread each.
///
/// Dropping it waits until no task is being polled, and drops every pending task on the dropping thread, which must not be
/// one of its own.
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// Spawns on a [`Pool`], from any thread, and does not keep it running.
#[derive(Clone, Debug)]
pub struct PoolHandle {
    shared: Arc<Shared>,
}

impl Pool {
    /// A pool of `threads` threads.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self::with(threads, None)
    }

    /// A pool that breaks the law in one way.
    pub(crate) fn with(threads: usize, fault: Option<Fault>) -> Self {
        let timers = Timers::new(fault);
        let shared = Arc::new(Shared {
            fault,
            timers,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let mut all = vec![thread::spawn({
            let timers = shared.timers.clone();
            move || timers.watch()
        })];
        all.extend((0..threads).map(|_| {
            let shared = Arc::clone(&shared);
            let thread = thread::Builder::new().name(NAME.to_owned());
            thread
                .spawn(move || shared.work())
                .expect("the machine has threads to give")
        }));
        Self {
            shared,
            threads: all,
        }
    }

    /// A handle to this pool.
    #[must_use]
    pub fn handle(&self) -> PoolHandle {
        PoolHandle {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl Entry for Pool {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        struct Unpark(Thread);
        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            thread::park();
        }
    }

    fn obstacle(&self) -> Option<&'static str> {
        let inside = thread::current().name() == Some(NAME);
        inside.then_some("this thread runs the tasks of a pool")
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        self.shared.timers.close();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so; the tasks have to be dropped all the same.
            let _ = thread.join();
        }
        self.shared.drop_tasks();
    }
}

impl Spawn for PoolHandle {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let inside = thread::current().name() == Some(NAME);
        let mut state = self.shared.lock();
        match self.shared.fault {
            Some(Fault::DropsWork) => return Ok(()),
            Some(Fault::DropsOverflow) if state.live.len() > 1_000 => return Ok(()),
            Some(Fault::IgnoresOutsiders) if !inside => return Ok(()),
            Some(Fault::RefusesInsiders) if inside => return Err(Refused::new(task)),
            _ if state.closed => {
                drop(state);
                return self.refuse(task);
            }
            _ => {}
        }
        state.spawned += 1;
        let id = state.spawned;
        let task = Task::new(id, &self.shared, task);
        state.live.insert(id, Arc::clone(&task));
        drop(state);
        if self.shared.has(Fault::PollsInline) {
            task.run();
        } else {
            task.start();
        }
        Ok(())
    }
}

impl PoolHandle {
    fn refuse<F>(&self, mut task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        match self.shared.fault {
            Some(Fault::SwallowsRefusal) => {
                std::mem::forget(task);
                Ok(())
            }
            Some(Fault::RefusesAfterPoll) => {
                if let Some(task) = (&mut task as &mut dyn Any).downcast_mut::<Scripted>() {
                    let _ = Pin::new(task).poll(&mut Context::from_waker(Waker::noop()));
                }
                Err(Refused::new(task))
            }
            _ => Err(Refused::new(task)),
        }
    }
}

impl SpawnBlocking for PoolHandle {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        match self.shared.fault {
            Some(Fault::BlocksWorkers) => {
                return self
                    .spawn(async { work() })
                    .map_err(|_| unreachable!("alive"));
            }
            Some(Fault::BlocksCaller) => work(),
            Some(Fault::DropsBlocking) => drop(work),
            Some(Fault::DiesOfPanic) if self.shared.lock().blocked => drop(work),
            Some(Fault::DiesOfPanic) => {
                let shared = Arc::clone(&self.shared);
                shared.lock().blocked = true;
                thread::spawn(move || {
                    work();
                    shared.lock().blocked = false;
                });
            }
            Some(Fault::LeaksBlocking) if self.shared.lock().closed => std::mem::forget(work),
            _ if self.shared.lock().closed => return Err(Refused::new(work)),
            _ => drop(thread::spawn(work)),
        }
        Ok(())
    }
}

impl Timer for PoolHandle {
    type Sleep = Sleep;

    fn sleep_until(&self, at: Instant) -> Sleep {
        self.shared.timers.sleep_until(at)
    }

    fn now(&self) -> Instant {
        self.shared.timers.now()
    }
}

/// What the threads, the tasks and the handles share.
#[derive(Debug)]
struct Shared {
    fault: Option<Fault>,
    timers: Timers,
    state: Mutex<State>,
    /// Notified when a task is ready and when the pool closes.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ready: VecDeque<Arc<Task>>,
    /// Every task that is not over, so that the end of the pool can find the idle ones.
    live: HashMap<u64, Arc<Task>>,
    spawned: u64,
    closed: bool,
    /// Only used by a pool that a panic can cripple: a blocking work runs, or has panicked.
    blocked: bool,
}

impl Shared {
    fn work(&self) {
        loop {
            let state = self.lock();
            let idle = |state: &mut State| state.ready.is_empty() && !state.closed;
            let mut state = self
                .changed
                .wait_while(state, idle)
                .unwrap_or_else(PoisonError::into_inner);
            if state.closed {
                return;
            }
            let next = if self.has(Fault::Starves) {
                state.ready.pop_back()
            } else {
                state.ready.pop_front()
            };
            drop(state);
            next.inspect(Task::run);
        }
    }

    fn schedule(&self, task: Arc<Task>) {
        self.lock().ready.push_back(task);
        self.changed.notify_one();
    }

    /// Forgets a task that has ended.
    fn retire(&self, id: u64, finished: Option<Work>) {
        let mut state = self.lock();
        let task = state.live.remove(&id);
        if self.has(Fault::LocksWhileDropping) {
            drop(finished);
            return;
        }
        drop(state);
        // Outside of every lock: destructors may wake and spawn.
        drop((task, finished));
    }

    /// Drops outside the lock, and again until nothing is left, because a destructor may do anything but spawn.
    fn drop_tasks(&self) {
        loop {
            let mut state = self.lock();
            let (live, ready) = (
                std::mem::take(&mut state.live),
                std::mem::take(&mut state.ready),
            );
            drop(state);
            if live.is_empty() && ready.is_empty() {
                return;
            }
            for task in live.into_values() {
                if self.has(Fault::LeaksAtShutdown) {
                    std::mem::forget(task);
                } else {
                    task.cancel();
                }
            }
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// [`Pool`] as a subject. It passes every case.
#[derive(Debug)]
pub struct Reference;

impl Subject for Reference {
    type Runtime = PoolHandle;
    const NAME: &'static str = "reference";

    fn profile() -> Profile {
        Profile::new().parallelism(THREADS).shutdown()
    }

    fn with<T>(f: impl FnOnce(&Fixture<Self::Runtime>) -> T) -> T {
        let pool = Pool::new(THREADS);
        f(&Fixture::new(pool.handle(), pool))
    }
}

pub(crate) const THREADS: usize = 2;
/// What the threads that poll tasks are called.
const NAME: &str = "steadfast-reference";
