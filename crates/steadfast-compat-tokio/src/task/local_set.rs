use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio::task::JoinHandle;

use crate::guest;
use crate::runtime::Runtime;

/// tokio's [`LocalSet`](::tokio::task::LocalSet), whose tasks belong to the nursery in which their spawner runs.
///
/// It dereferences to tokio's, so that `run_until` and `enter` are as ever. Dropped, it drops its tasks, as tokio's does.
#[derive(Default)]
pub struct LocalSet(::tokio::task::LocalSet);

impl LocalSet {
    /// As tokio's.
    pub fn new() -> Self {
        Self::default()
    }

    /// As tokio's. The task belongs to the nursery in which the caller runs, or to the root of the runtime.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let (task, own) = guest::task(guest::here(), future);
        let handle = self.0.spawn_local(task);
        own.is(|| handle.abort_handle());
        handle
    }

    /// As tokio's; `future` belongs to the root of `rt`.
    ///
    /// # Panics
    ///
    /// As tokio's: with the panic of `future`, and inside of a runtime.
    #[track_caller]
    pub fn block_on<F: Future>(&self, rt: &Runtime, future: F) -> F::Output {
        rt.block_on(self.0.run_until(future))
    }
}

impl Deref for LocalSet {
    type Target = ::tokio::task::LocalSet;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for LocalSet {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Future for LocalSet {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
