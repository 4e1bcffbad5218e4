//! The handle to an executor with threads, and its owner.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use async_channel::{Receiver, Sender};
use async_executor::Executor;
use steadfast_core::{Entry, Refused, Spawn, SpawnBlocking, Timer};

use crate::Sleep;

/// Spawns on the executor of one [`SmolRuntime`], from any thread.
///
/// It does not keep the executor alive. Once the owner is gone, every spawn is refused; timers and blocking work go on,
/// because they belong to the process.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use steadfast_core::Spawn;
/// use steadfast_smol::SmolRuntime;
///
/// let runtime = SmolRuntime::with_threads(1)?;
/// let handle = runtime.handle();
/// let (send, receive) = mpsc::channel();
/// handle.spawn(async move { send.send(7).unwrap() }).expect("the runtime is alive");
/// assert_eq!(receive.recv(), Ok(7));
///
/// drop(runtime);
/// assert!(handle.spawn(async {}).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Smol {
    executor: Weak<Executor<'static>>,
}

impl Smol {
    /// A handle whose spawns are all refused: what is left are timers and blocking work.
    pub(crate) fn without_executor() -> Self {
        Self {
            executor: Weak::new(),
        }
    }
}

impl Spawn for Smol {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        match self.executor.upgrade() {
            Some(executor) => executor.spawn(task).detach(),
            None => return Err(Refused::new(task)),
        }
        Ok(())
    }
}

impl SpawnBlocking for Smol {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        blocking::unblock(work).detach();
        Ok(())
    }
}

impl Timer for Smol {
    type Sleep = Sleep;

    fn sleep_until(&self, at: Instant) -> Sleep {
        Sleep::until(at)
    }
}

/// Owns an executor and the threads that run it, named `steadfast-smol-1` and so on.
///
/// `block_on` runs its future on the calling thread while the threads run the tasks.
///
/// Dropping it waits until no task is being polled, and drops every pending task. A clean-up that must run has to be
/// awaited before that. Dropped on one of its own threads it does not wait: the last thread to leave drops the tasks.
///
/// A wake from a foreign thread that lands in the very instant of the drop can make `async-executor` leak the task that it
/// wakes: its destructors never run.
///
/// # Examples
///
/// ```
/// use steadfast_core::{Entry, Timer};
/// use steadfast_smol::SmolRuntime;
///
/// let runtime = SmolRuntime::new()?;
/// let handle = runtime.handle();
/// runtime.block_on(async move { handle.sleep_until(handle.now()).await });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct SmolRuntime {
    threads: Vec<JoinHandle<()>>,
    /// Nothing is ever sent; that it closes tells the threads to leave.
    alive: Sender<Infallible>,
    executor: Arc<Executor<'static>>,
}

impl SmolRuntime {
    /// An executor with as many threads as the machine runs at once.
    ///
    /// # Errors
    ///
    /// The operating system's, if it has no threads to give.
    pub fn new() -> io::Result<Self> {
        Self::with_threads(thread::available_parallelism().map_or(1, usize::from))
    }

    /// An executor with this many threads.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); and `InvalidInput` for no threads at all.
    pub fn with_threads(threads: usize) -> io::Result<Self> {
        if threads == 0 {
            let text = "a SmolRuntime needs a thread to run its tasks: ask for one or more, or use `SmolRuntime::new()`";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let (alive, closed) = async_channel::bounded(1);
        // If a thread cannot be had, dropping this ends those that were.
        let mut runtime = Self {
            threads: Vec::with_capacity(threads),
            alive,
            executor: Arc::default(),
        };
        for number in 1..=threads {
            let (executor, closed) = (runtime.executor.clone(), closed.clone());
            let builder = thread::Builder::new().name(format!("steadfast-smol-{number}"));
            runtime
                .threads
                .push(builder.spawn(move || work(executor, closed))?);
        }
        Ok(runtime)
    }

    /// A handle to this executor, which does not keep it alive.
    pub fn handle(&self) -> Smol {
        Smol {
            executor: Arc::downgrade(&self.executor),
        }
    }

    fn is_own_thread(&self) -> bool {
        let here = thread::current().id();
        let mut threads = self.threads.iter();
        threads.any(|thread| thread.thread().id() == here)
    }
}

impl Entry for SmolRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        async_io::block_on(future)
    }

    fn obstacle(&self) -> Option<&'static str> {
        self.is_own_thread()
            .then_some("this thread runs the tasks of this runtime")
    }
}

impl Drop for SmolRuntime {
    fn drop(&mut self) {
        self.alive.close();
        if !self.is_own_thread() {
            // A panic of a task ends in its task, so that no thread has one to pass on.
            self.threads
                .drain(..)
                .for_each(|thread| drop(thread.join()));
        }
    }
}

/// Runs tasks until the owner is dropped.
fn work(executor: Arc<Executor<'static>>, closed: Receiver<Infallible>) {
    async_io::block_on(executor.run(async {
        // An error is all that it can be, and all that it is waited for.
        let _ = closed.recv().await;
    }));
}
