//! What a runtime must be able to do: run a task, run blocking work, tell the time.
//!
//! A backend implements [`Spawn`], [`SpawnBlocking`] and [`Timer`](crate::Timer) on one cheap, cloneable value; [`Runtime`]
//! is then implemented by itself. [`Entry`] is separate, because only `main` functions and tests need it, and so is
//! [`SpawnLocal`], because not every runtime has a thread to stay on.
//!
//! # The laws of a backend
//!
//! A backend **polls a task or drops it, and nothing else**. Everything that users observe (results, cancellation, panics,
//! clean-up) is done once, in this crate, inside the task that the backend is given. In particular a backend
//!
//! 1. never polls a task inside `spawn`, and never polls one task on two threads at once;
//! 2. polls a task again after each wake, also after a wake that arrives during a poll;
//! 3. never polls a task after it was ready;
//! 4. drops every task that it accepted exactly once, at the latest when the runtime is shut down (global executors that are
//!    never shut down are exempt), and does not leak it;
//! 5. hands a task back in [`Refused`], unpolled, if it knows that it will never run it;
//! 6. accepts a spawn from any thread, and from inside the destructor of another task;
//! 7. never cancels a task by itself while the runtime lives: a native handle whose drop cancels must be detached;
//! 8. runs blocking work away from the threads that poll tasks;
//! 9. captures a concrete target when it is built, never "whatever is current at the time of the spawn".
//!
//! The tasks that this crate spawns never panic, neither in `poll` nor in `drop`, so that a backend needs no policy for
//! panics. The cases `backend/*` of `steadfast-conformance` check these laws.

use core::fmt;
use core::future::Future;

/// Starts tasks that may move between threads.
///
/// # Examples
///
/// ```
/// use steadfast_core::{Refused, Spawn};
///
/// /// Runs each task on a thread of its own.
/// #[derive(Clone)]
/// struct ThreadPerTask;
///
/// impl Spawn for ThreadPerTask {
///     fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
///     where
///         F: Future<Output = ()> + Send + 'static,
///     {
///         std::thread::spawn(move || futures_util::future::FutureExt::now_or_never(task));
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not start tasks",
    note = "what owns a runtime gives out the handles that do: pass `&owner.handle()`"
)]
pub trait Spawn: Send + Sync + 'static {
    /// Starts `task`. It runs until it is ready, or until the runtime drops it at its own end.
    ///
    /// Does not poll `task` before it returns, and does not block.
    ///
    /// # Errors
    ///
    /// [`Refused`], with the unpolled task in it, if the runtime knows that it will not run it.
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static;
}

/// Starts tasks that stay on the thread of a local executor.
pub trait SpawnLocal: 'static {
    /// Starts `task` on the thread that drives this local executor.
    ///
    /// # Errors
    ///
    /// [`Refused`], with the unpolled task in it, if there is nothing on this thread that would ever run it.
    fn spawn_local<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + 'static;
}

/// Runs work that blocks its thread.
pub trait SpawnBlocking: Send + Sync + 'static {
    /// Runs `work` on a thread that may block. Returns at once.
    ///
    /// # Errors
    ///
    /// [`Refused`], with the work in it, if the runtime knows that it will not run it.
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static;
}

/// What a nursery needs of a runtime. Implemented for everything that has the parts.
#[cfg(feature = "std")]
pub trait Runtime: Spawn + SpawnBlocking + crate::Timer + Clone {}

#[cfg(feature = "std")]
impl<R: Spawn + SpawnBlocking + crate::Timer + Clone> Runtime for R {}

/// Enters a runtime from synchronous code. Libraries never need it.
pub trait Entry {
    /// Blocks this thread until `future` is ready, and does no more than that: there is no root, which would adopt what is dropped, and
    /// unless the runtime can be found from the thread, code inside has none that it need not name. Programs call
    /// [`Builder::block_on`](crate::Builder::block_on) or the facade's `block_on`.
    ///
    /// # Panics
    ///
    /// Runtimes differ in what they do when they are entered from inside themselves; tokio panics.
    fn block_on<F: Future>(&self, future: F) -> F::Output;

    /// Why this thread must not be blocked until tasks of this runtime are done, if that is so: it polls tasks of the runtime
    /// itself, or is inside [`block_on`](Self::block_on). A few words, of which a message is made.
    ///
    /// Asked outside of steadfast tasks, which are known without it. A runtime that cannot tell says `None`.
    fn obstacle(&self) -> Option<&'static str> {
        None
    }
}

/// The runtime did not take the work; here it is, untouched.
pub struct Refused<W> {
    work: W,
}

impl<W> Refused<W> {
    /// Refuses `work`.
    pub const fn new(work: W) -> Self {
        Self { work }
    }

    /// The work that was refused.
    pub fn into_inner(self) -> W {
        self.work
    }

    /// Changes the work that is handed back, for a backend that had wrapped it.
    pub fn map<V>(self, f: impl FnOnce(W) -> V) -> Refused<V> {
        Refused::new(f(self.work))
    }
}

impl<W> fmt::Debug for Refused<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused").finish_non_exhaustive()
    }
}

impl<W> fmt::Display for Refused<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the runtime refused the work because it has shut down; spawn it on a runtime that is alive")
    }
}

impl<W> core::error::Error for Refused<W> {}
