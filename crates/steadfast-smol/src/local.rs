//! Tasks that stay on one thread.

use std::future::Future;
use std::rc::{Rc, Weak};

use async_executor::LocalExecutor;
use steadfast_core::{Entry, Refused, SpawnLocal};

use crate::Smol;

/// Spawns on the executor of one [`SmolLocalRuntime`], from its own thread.
///
/// It does not keep the executor alive. Once the owner is gone, or is being dropped, every spawn is refused.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use async_executor::LocalExecutor;
/// use steadfast_core::SpawnLocal;
/// use steadfast_smol::SmolLocal;
///
/// let executor = Rc::new(LocalExecutor::new());
/// let local = SmolLocal::from(&executor);
/// local.spawn_local(async {}).expect("the executor is alive");
/// assert!(executor.try_tick());
///
/// drop(executor);
/// assert!(local.spawn_local(async {}).is_err());
/// ```
#[derive(Clone, Debug)]
pub struct SmolLocal {
    executor: Weak<LocalExecutor<'static>>,
}

impl From<&Rc<LocalExecutor<'static>>> for SmolLocal {
    fn from(executor: &Rc<LocalExecutor<'static>>) -> Self {
        Self {
            executor: Rc::downgrade(executor),
        }
    }
}

impl SpawnLocal for SmolLocal {
    fn spawn_local<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + 'static,
    {
        match self.executor.upgrade() {
            Some(executor) => executor.spawn(task).detach(),
            None => return Err(Refused::new(task)),
        }
        Ok(())
    }
}

/// Owns an executor that has no threads: its tasks move only while its `block_on` runs.
///
/// Dropping it drops every pending task, on this thread.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use steadfast_core::{Entry, SpawnLocal};
/// use steadfast_smol::SmolLocalRuntime;
///
/// let runtime = SmolLocalRuntime::new()?;
/// let (send, receive) = async_channel::bounded(1);
/// let shared = Rc::new(7);
/// let task = async move { send.send(*shared).await.unwrap() };
/// runtime.local().spawn_local(task).expect("the runtime is alive");
/// assert_eq!(runtime.block_on(receive.recv()), Ok(7));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct SmolLocalRuntime {
    executor: Rc<LocalExecutor<'static>>,
}

impl SmolLocalRuntime {
    /// A new executor without threads.
    ///
    /// # Errors
    ///
    /// None today; every owner of a runtime is made in the same way.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            executor: Rc::new(LocalExecutor::new()),
        })
    }

    /// A handle for `!Send` tasks, which does not keep the executor alive.
    pub fn local(&self) -> SmolLocal {
        SmolLocal::from(&self.executor)
    }

    /// A handle for timers and blocking work. It refuses `Send` tasks: there is no thread to move them to.
    pub fn handle(&self) -> Smol {
        Smol::without_executor()
    }
}

impl Entry for SmolLocalRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        async_io::block_on(self.executor.run(future))
    }
}
