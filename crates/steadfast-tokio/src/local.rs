//! Tasks that stay on one thread: `LocalSet` and `LocalRuntime`.

use std::future::Future;
use std::io;
use std::rc::{Rc, Weak};

use steadfast_core::{Entry, Refused, SpawnLocal};
use tokio::runtime::{Handle, LocalRuntime};
use tokio::task::LocalSet;

use crate::Tokio;
use crate::runtime::inside_tokio;

/// Spawns on one `LocalSet` or `LocalRuntime`, from its own thread; never on whichever happens to be current.
///
/// It does not keep its target alive. Once that is gone, or is being dropped, every spawn is refused.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use steadfast_core::{Entry, SpawnLocal};
/// use steadfast_tokio::{TokioLocal, TokioRuntime};
/// use tokio::task::LocalSet;
///
/// let set = Rc::new(LocalSet::new());
/// let local = TokioLocal::from(&set);
/// let (send, receive) = tokio::sync::oneshot::channel();
/// local.spawn_local(async move { send.send(7).unwrap() }).expect("the set is alive");
/// assert_eq!(TokioRuntime::current_thread()?.block_on(set.run_until(receive)), Ok(7));
///
/// drop(set);
/// assert!(local.spawn_local(async {}).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TokioLocal {
    target: Target,
}

#[derive(Clone, Debug)]
enum Target {
    Set(Weak<LocalSet>),
    Runtime(Weak<LocalRuntime>),
}

impl From<&Rc<LocalSet>> for TokioLocal {
    fn from(set: &Rc<LocalSet>) -> Self {
        Self {
            target: Target::Set(Rc::downgrade(set)),
        }
    }
}

impl SpawnLocal for TokioLocal {
    fn spawn_local<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + 'static,
    {
        let handle = match &self.target {
            Target::Set(set) => match set.upgrade() {
                Some(set) => set.spawn_local(task),
                None => return Err(Refused::new(task)),
            },
            Target::Runtime(runtime) => match runtime.upgrade() {
                Some(runtime) => runtime.spawn_local(task),
                None => return Err(Refused::new(task)),
            },
        };
        drop(handle);
        Ok(())
    }
}

/// Owns a `LocalRuntime`: a tokio runtime of one thread, which runs `!Send` tasks without a `LocalSet`.
///
/// Dropping it drops every pending task on this thread; blocking work is treated as in [`TokioRuntime`](crate::TokioRuntime).
///
/// # Examples
///
/// ```
/// use steadfast_core::{Entry, SpawnLocal};
/// use steadfast_tokio::TokioLocalRuntime;
///
/// let runtime = TokioLocalRuntime::new()?;
/// let (send, receive) = tokio::sync::oneshot::channel();
/// runtime.local().spawn_local(async move { send.send(7).unwrap() }).expect("the runtime is alive");
/// assert_eq!(runtime.block_on(receive), Ok(7));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct TokioLocalRuntime {
    /// Taken by `drop` alone. The handles are weak, so that nothing else owns the runtime.
    runtime: Option<Rc<LocalRuntime>>,
    local: TokioLocal,
    handle: Tokio,
}

impl TokioLocalRuntime {
    /// A local runtime with everything enabled.
    ///
    /// # Errors
    ///
    /// The operating system's, if it has no event queue to give.
    pub fn new() -> io::Result<Self> {
        LocalRuntime::new().map(Self::from)
    }

    /// A handle for `!Send` tasks, which does not keep the runtime alive.
    pub fn local(&self) -> TokioLocal {
        self.local.clone()
    }

    /// A handle for `Send` tasks, timers and blocking work, which does not keep the runtime alive.
    pub fn handle(&self) -> Tokio {
        self.handle.clone()
    }
}

impl From<LocalRuntime> for TokioLocalRuntime {
    fn from(runtime: LocalRuntime) -> Self {
        let handle = Tokio::from(runtime.handle().clone());
        let runtime = Rc::new(runtime);
        let local = TokioLocal {
            target: Target::Runtime(Rc::downgrade(&runtime)),
        };
        Self {
            runtime: Some(runtime),
            local,
            handle,
        }
    }
}

impl Entry for TokioLocalRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.runtime {
            Some(runtime) => runtime.block_on(future),
            None => unreachable!("only `drop` takes the runtime"),
        }
    }

    fn obstacle(&self) -> Option<&'static str> {
        inside_tokio()
    }
}

impl Drop for TokioLocalRuntime {
    fn drop(&mut self) {
        // Inside a runtime, tokio panics rather than wait for its threads.
        if Handle::try_current().is_ok() {
            if let Some(runtime) = self.runtime.take().and_then(Rc::into_inner) {
                runtime.shutdown_background();
            }
        }
    }
}
