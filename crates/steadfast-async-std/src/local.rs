//! Tasks that stay on one thread.

use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use async_std::task;
use steadfast_core::{Entry, Refused, SpawnLocal};

/// Spawns with `async_std::task::spawn_local`, on the thread that made it; it cannot leave that thread.
///
/// A task moves only while this thread is inside its outermost `block_on`; async-std drops what is left when the thread
/// ends. A task that is spawned after that, from the destructor of such a task, is dropped on the spot, unpolled, and the
/// panic hook reports a thread-local that is gone. A `block_on` that ended in a panic leaves the thread unable to run local
/// tasks, which is a defect of async-std.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use steadfast_async_std::AsyncStdLocal;
/// use steadfast_core::{Entry, SpawnLocal};
///
/// let local = AsyncStdLocal::new()?;
/// let (send, receive) = async_channel::bounded(1);
/// let shared = Rc::new(7);
/// local.spawn_local(async move { send.send(*shared).await.unwrap() }).expect("it never refuses");
/// assert_eq!(local.block_on(receive.recv()), Ok(7));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AsyncStdLocal {
    /// Neither `Send` nor `Sync`.
    _thread: PhantomData<*const ()>,
}

impl AsyncStdLocal {
    /// The executor of this thread.
    ///
    /// # Errors
    ///
    /// None today; every owner of a runtime is made in the same way.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            _thread: PhantomData,
        })
    }

    /// Itself; every owner of a local runtime gives out its handle in the same way.
    pub fn local(&self) -> Self {
        self.clone()
    }

    /// A handle for `Send` tasks, timers and blocking work.
    pub fn handle(&self) -> crate::AsyncStd {
        crate::AsyncStd
    }
}

impl SpawnLocal for AsyncStdLocal {
    fn spawn_local<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + 'static,
    {
        // The executor is a thread-local that is gone while the thread ends; to ask it is to panic. Whatever it does, the
        // task is accepted or dropped.
        drop(catch_unwind(AssertUnwindSafe(|| {
            // steadfast: allow(detached-spawn, reason = "the core counts the child, whatever becomes of its handle")
            drop(task::spawn_local(task))
        })));
        Ok(())
    }
}

impl Entry for AsyncStdLocal {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        task::block_on(future)
    }

    fn obstacle(&self) -> Option<&'static str> {
        task::try_current().map(|_| "this thread is inside a task of async-std")
    }
}
