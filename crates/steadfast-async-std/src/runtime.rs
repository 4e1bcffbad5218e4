//! The executor of the process.

use std::future::Future;
use std::io;
use std::time::Instant;

use async_std::task;
use steadfast_core::{Entry, Refused, Spawn, SpawnBlocking, Timer};

use crate::Sleep;

/// Spawns with `async_std::task::spawn`, on the one executor of the process. It is its own owner.
///
/// It starts at the first use, with as many threads as the machine runs at once unless `ASYNC_STD_THREAD_COUNT` says
/// otherwise, and never shuts down.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use steadfast_async_std::AsyncStd;
/// use steadfast_core::{Entry, Spawn, Timer};
///
/// let (send, receive) = mpsc::channel();
/// AsyncStd.spawn(async move { send.send(7).unwrap() }).expect("it never refuses");
/// assert_eq!(receive.recv(), Ok(7));
/// AsyncStd.block_on(AsyncStd.sleep_until(AsyncStd.now()));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AsyncStd;

impl AsyncStd {
    /// The executor of the process.
    ///
    /// # Errors
    ///
    /// None today; every owner of a runtime is made in the same way.
    pub fn new() -> io::Result<Self> {
        Ok(Self)
    }

    /// Itself; every owner of a runtime gives out its handle in the same way.
    pub fn handle(&self) -> Self {
        *self
    }
}

impl Spawn for AsyncStd {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // Dropping a handle of async-std detaches its task.
        // steadfast: allow(detached-spawn, reason = "the core counts the child, whatever becomes of its handle")
        drop(task::spawn(task));
        Ok(())
    }
}

impl SpawnBlocking for AsyncStd {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        drop(task::spawn_blocking(work));
        Ok(())
    }
}

impl Timer for AsyncStd {
    type Sleep = Sleep;

    fn sleep_until(&self, at: Instant) -> Sleep {
        Sleep::until(at)
    }
}

impl Entry for AsyncStd {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        task::block_on(future)
    }

    fn obstacle(&self) -> Option<&'static str> {
        task::try_current().map(|_| "this thread is inside a task of async-std")
    }
}
