//! The executor behind `smol::spawn`.

use std::future::Future;
use std::io;
use std::time::Instant;

use steadfast_core::{Entry, Refused, Spawn, SpawnBlocking, Timer};

use crate::Sleep;

/// Spawns with `smol::spawn`, on the one executor of the process. It is its own owner.
///
/// That executor has one thread unless `SMOL_THREADS` says otherwise, starts at the first spawn, and **never shuts down**:
/// tasks that are pending when `main` returns are not dropped. Prefer [`SmolRuntime`](crate::SmolRuntime).
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use steadfast_core::{Entry, Spawn};
/// use steadfast_smol::GlobalSmol;
///
/// let (send, receive) = mpsc::channel();
/// GlobalSmol.spawn(async move { send.send(7).unwrap() }).expect("it never refuses");
/// assert_eq!(receive.recv(), Ok(7));
/// assert_eq!(GlobalSmol.block_on(async { 8 }), 8);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GlobalSmol;

impl GlobalSmol {
    /// The global executor.
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

impl Spawn for GlobalSmol {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // steadfast: allow(detached-spawn, reason = "the core counts the child, whatever becomes of its handle")
        smol::spawn(task).detach();
        Ok(())
    }
}

impl SpawnBlocking for GlobalSmol {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        smol::unblock(work).detach();
        Ok(())
    }
}

impl Timer for GlobalSmol {
    type Sleep = Sleep;

    fn sleep_until(&self, at: Instant) -> Sleep {
        Sleep::until(at)
    }
}

impl Entry for GlobalSmol {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        smol::block_on(future)
    }

    /// smol's threads are known by the names that it gives them.
    fn obstacle(&self) -> Option<&'static str> {
        let here = std::thread::current();
        let number = here.name().and_then(|name| name.strip_prefix("smol-"));
        number
            .is_some_and(|number| number.parse::<usize>().is_ok())
            .then_some("this thread runs the tasks of smol")
    }
}
