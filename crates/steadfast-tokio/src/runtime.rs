//! The handle to a tokio runtime, and its owner.

use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use steadfast_core::{Entry, Refused, Spawn, SpawnBlocking, Timer};
use tokio::runtime::{Builder, Handle, Runtime};

/// Spawns on one tokio runtime, multi-thread or current-thread, from any thread.
///
/// It holds tokio's own `Handle` and does not keep the runtime alive. On a current-thread runtime tasks and timers move
/// only while some thread is inside `block_on` of the owner.
///
/// # Examples
///
/// ```
/// use steadfast_core::{Entry, Spawn};
/// use steadfast_tokio::{Tokio, TokioRuntime};
///
/// let runtime = TokioRuntime::current_thread()?;
/// runtime.block_on(async {
///     let handle = Tokio::current().expect("inside block_on");
///     let (send, receive) = tokio::sync::oneshot::channel();
///     handle.spawn(async move { send.send(7).unwrap() }).expect("tokio never refuses");
///     assert_eq!(receive.await, Ok(7));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tokio {
    handle: Handle,
}

impl Tokio {
    /// The runtime that this thread is inside of. Never panics.
    ///
    /// # Errors
    ///
    /// [`NoRuntime`] on a thread that is not inside a tokio runtime.
    pub fn current() -> Result<Self, NoRuntime> {
        Handle::try_current()
            .map(Self::from)
            .map_err(|_| NoRuntime { _private: () })
    }

    /// tokio's own handle, for code that takes one. What is spawned by it belongs to nobody, unless a child [owns](crate::own) it.
    pub const fn as_handle(&self) -> &Handle {
        &self.handle
    }
}

impl From<Handle> for Tokio {
    fn from(handle: Handle) -> Self {
        Self { handle }
    }
}

impl Spawn for Tokio {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // steadfast: allow(detached-spawn, reason = "the core counts the child, whatever becomes of its handle")
        drop(self.handle.spawn(task));
        Ok(())
    }
}

impl SpawnBlocking for Tokio {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        drop(self.handle.spawn_blocking(work));
        Ok(())
    }
}

/// Time as this runtime tells it, also for a caller outside of it: a clock that `tokio::time::pause` holds is honoured.
///
/// # Panics
///
/// `sleep_until` panics if the runtime was built without `enable_time`. A sleep that is polled, from outside, after its
/// runtime was dropped panics with tokio's text.
impl Timer for Tokio {
    type Sleep = tokio::time::Sleep;

    fn sleep_until(&self, at: Instant) -> Self::Sleep {
        let _entered = self.handle.enter();
        // Tokio has no way to ask whether the timer is there; the only thing it can panic about here is that it is not.
        catch_unwind(AssertUnwindSafe(|| tokio::time::sleep_until(at.into()))).unwrap_or_else(|_| {
            panic!("this tokio runtime has no timer: call `enable_time()` or `enable_all()` on its `runtime::Builder`")
        })
    }

    fn now(&self) -> Instant {
        let _entered = self.handle.enter();
        tokio::time::Instant::now().into_std()
    }
}

/// Owns a tokio runtime.
///
/// Dropping it drops every pending task and waits for blocking work that runs; inside of a runtime, where tokio must
/// not wait, it does not wait and the tasks are dropped soon after.
///
/// # Examples
///
/// ```
/// use steadfast_core::{Entry, Timer};
/// use steadfast_tokio::TokioRuntime;
///
/// let runtime = TokioRuntime::new()?;
/// let handle = runtime.handle();
/// runtime.block_on(async move { handle.sleep_until(handle.now()).await });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct TokioRuntime {
    /// Taken by `drop` alone.
    runtime: Option<Runtime>,
    handle: Handle,
}

impl TokioRuntime {
    /// A multi-thread runtime with everything enabled and tokio's default number of workers.
    ///
    /// # Errors
    ///
    /// The operating system's, if it has no threads or no event queue to give.
    pub fn new() -> io::Result<Self> {
        Builder::new_multi_thread()
            .enable_all()
            .build()
            .map(Self::from)
    }

    /// A multi-thread runtime with everything enabled and this many workers.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); and `InvalidInput` for no workers at all.
    pub fn multi_thread(workers: usize) -> io::Result<Self> {
        if workers == 0 {
            let text = "a multi-thread tokio runtime needs a worker: ask for one or more, or use `current_thread()`";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build()
            .map(Self::from)
    }

    /// A current-thread runtime with everything enabled. It runs while a thread is inside its `block_on`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn current_thread() -> io::Result<Self> {
        Builder::new_current_thread()
            .enable_all()
            .build()
            .map(Self::from)
    }

    /// A handle to this runtime, which does not keep it alive.
    pub fn handle(&self) -> Tokio {
        Tokio::from(self.handle.clone())
    }
}

impl From<Runtime> for TokioRuntime {
    fn from(runtime: Runtime) -> Self {
        Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        }
    }
}

impl Entry for TokioRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.runtime {
            Some(runtime) => runtime.block_on(future),
            None => unreachable!("only `drop` takes the runtime"),
        }
    }

    /// Tokio is entered from outside of all its runtimes; it does not say which of its own threads may block.
    fn obstacle(&self) -> Option<&'static str> {
        inside_tokio()
    }
}

pub(crate) fn inside_tokio() -> Option<&'static str> {
    let inside = Handle::try_current().is_ok();
    inside.then_some("this thread is inside a tokio runtime")
}

impl Drop for TokioRuntime {
    fn drop(&mut self) {
        // Inside a runtime, tokio panics rather than wait for its threads.
        if Handle::try_current().is_ok() {
            if let Some(runtime) = self.runtime.take() {
                runtime.shutdown_background();
            }
        }
    }
}

/// This thread is not inside a tokio runtime.
#[derive(Clone, Debug)]
pub struct NoRuntime {
    _private: (),
}

impl fmt::Display for NoRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this thread is not inside a tokio runtime: call `Tokio::current()` from a task or from `block_on`, pass a handle \
             with `Tokio::from(handle)`, or build a runtime with `TokioRuntime::new()`",
        )
    }
}

impl std::error::Error for NoRuntime {}
