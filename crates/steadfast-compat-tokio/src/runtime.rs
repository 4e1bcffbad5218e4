//! `tokio::runtime`, with runtimes that have a root: [`Runtime`] and [`Builder`]. The rest is tokio's.

use std::fmt;
use std::future::Future;
use std::io;
use std::ops::Deref;
use std::time::Duration;

pub use ::tokio::runtime::*;
use ::tokio::task::JoinHandle;

use crate::AtEnd;
use crate::guest::{self, Work};
use crate::root::Root;

/// tokio's [`Runtime`](::tokio::runtime::Runtime), with a root to which the tasks belong that are spawned on it.
///
/// It dereferences to tokio's, so that `handle`, `enter` and `metrics` are as ever, and a reference to it is accepted where one to
/// tokio's is wanted.
///
/// Dropped, it ends as [`AtEnd`] says, and then as tokio's does.
pub struct Runtime {
    root: Root,
    /// Taken by whoever shuts it down.
    inner: Option<::tokio::runtime::Runtime>,
}

impl Runtime {
    /// As tokio's.
    ///
    /// # Errors
    ///
    /// The operating system's, if it has no threads or no event queue to give.
    #[track_caller]
    pub fn new() -> io::Result<Self> {
        Builder::new_multi_thread().enable_all().build()
    }

    #[track_caller]
    fn with_root(inner: ::tokio::runtime::Runtime, at_end: AtEnd) -> Self {
        Self {
            root: Root::open(inner.handle(), at_end),
            inner: Some(inner),
        }
    }

    /// As tokio's; `future` belongs to the root, by the name of `main`, and has been cleaned up when this returns.
    ///
    /// # Panics
    ///
    /// As tokio's: with the panic of `future`, and inside of a runtime.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self.root.main().task(future) {
            Ok(guest) => self
                .deref()
                .block_on(guest)
                .unwrap_or_else(|_| unreachable!("it was invited to be never aborted")),
            Err(future) => self.deref().block_on(future),
        }
    }

    /// As tokio's; the task belongs to the root of this runtime.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, own) = guest::task(Some(self.root.invitation()), future);
        let handle = self.deref().spawn(task);
        own.is(|| handle.abort_handle());
        handle
    }

    /// As tokio's; the work belongs to the root of this runtime.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let work = Work::new(Some(self.root.invitation()), func);
        self.deref().spawn_blocking(move || work.run())
    }

    /// As tokio's; who still runs is reported.
    pub fn shutdown_timeout(mut self, duration: Duration) {
        self.root.abandon();
        if let Some(inner) = self.inner.take() {
            inner.shutdown_timeout(duration);
        }
    }

    /// As tokio's; who still runs is reported.
    pub fn shutdown_background(mut self) {
        self.root.abandon();
        if let Some(inner) = self.inner.take() {
            inner.shutdown_background();
        }
    }
}

impl Deref for Runtime {
    type Target = ::tokio::runtime::Runtime;

    fn deref(&self) -> &Self::Target {
        match &self.inner {
            Some(inner) => inner,
            None => unreachable!("whoever shuts it down has it by value"),
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        let Some(inner) = &self.inner else { return };
        let may_wait = !std::thread::panicking() && Handle::try_current().is_err();
        match may_wait {
            true => self.root.end(|exit| inner.block_on(exit)),
            false => self.root.abandon(),
        }
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// tokio's [`Builder`](::tokio::runtime::Builder), whose runtimes have a root.
///
/// Settings that tokio counts as unstable are reached through [`tokio`](Self::tokio).
pub struct Builder {
    inner: ::tokio::runtime::Builder,
    at_end: Option<AtEnd>,
}

/// Passes settings on.
macro_rules! settings {
    ($($(#[$attribute:meta])* $name:ident($($argument:ident: $type:ty)?);)*) => {$(
        $(#[$attribute])*
        #[doc = concat!("As tokio's `", stringify!($name), "`.")]
        #[track_caller]
        pub fn $name(&mut self $(, $argument: $type)?) -> &mut Self {
            self.inner.$name($($argument)?);
            self
        }
    )*};
}

impl Builder {
    /// As tokio's.
    pub fn new_current_thread() -> Self {
        Self::of(::tokio::runtime::Builder::new_current_thread())
    }

    /// As tokio's.
    pub fn new_multi_thread() -> Self {
        Self::of(::tokio::runtime::Builder::new_multi_thread())
    }

    const fn of(inner: ::tokio::runtime::Builder) -> Self {
        Self {
            inner,
            at_end: None,
        }
    }

    /// What becomes of the tasks that still run when the runtime is dropped, whatever the environment says.
    pub fn at_end(&mut self, at_end: AtEnd) -> &mut Self {
        self.at_end = Some(at_end);
        self
    }

    /// tokio's own builder, for the settings that this one does not have.
    pub fn tokio(&mut self) -> &mut ::tokio::runtime::Builder {
        &mut self.inner
    }

    settings! {
        enable_all();
        enable_time();
        #[cfg(any(feature = "net", all(unix, any(feature = "process", feature = "signal"))))]
        enable_io();
        #[cfg(any(feature = "net", all(unix, any(feature = "process", feature = "signal"))))]
        max_io_events_per_tick(capacity: usize);
        #[cfg(any(feature = "net", all(unix, any(feature = "process", feature = "signal"))))]
        max_io_events_per_busy_tick(capacity: usize);
        worker_threads(val: usize);
        max_blocking_threads(val: usize);
        thread_name(val: impl Into<String>);
        name(val: impl Into<String>);
        thread_name_fn(f: impl Fn() -> String + Send + Sync + 'static);
        thread_stack_size(val: usize);
        on_thread_start(f: impl Fn() + Send + Sync + 'static);
        on_thread_stop(f: impl Fn() + Send + Sync + 'static);
        on_thread_park(f: impl Fn() + Send + Sync + 'static);
        on_thread_unpark(f: impl Fn() + Send + Sync + 'static);
        thread_keep_alive(duration: Duration);
        global_queue_interval(val: u32);
        event_interval(val: u32);
        #[cfg(feature = "test-util")]
        start_paused(start_paused: bool);
    }

    /// As tokio's; the runtime has a root.
    ///
    /// # Errors
    ///
    /// As tokio's.
    #[track_caller]
    pub fn build(&mut self) -> io::Result<Runtime> {
        let inner = self.inner.build()?;
        let at_end = self.at_end.unwrap_or_else(AtEnd::of_environment);
        Ok(Runtime::with_root(inner, at_end))
    }

    /// As tokio's, without a root: its tasks belong to a nursery only where their spawner runs in one.
    ///
    /// # Errors
    ///
    /// As tokio's.
    #[track_caller]
    pub fn build_local(&mut self, options: LocalOptions) -> io::Result<LocalRuntime> {
        self.inner.build_local(options)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
