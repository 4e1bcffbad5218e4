//! The three runtimes: each through its own public functions and nothing else, and each as the root of steadfast tasks.

use std::future::Future;
use std::time::Duration;

use steadfast::async_std::AsyncStd;
use steadfast::smol::SmolRuntime;
use steadfast::tokio::TokioRuntime;

/// A runtime on which the scenarios run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runtime {
    Tokio,
    Smol,
    AsyncStd,
}

impl Runtime {
    pub(crate) const ALL: [Runtime; 3] = [Runtime::Tokio, Runtime::Smol, Runtime::AsyncStd];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Runtime::Tokio => "tokio",
            Runtime::Smol => "smol",
            Runtime::AsyncStd => "async-std",
        }
    }

    /// Runs `future` to its end, as a `main` function does. A tokio runtime is built for it and dropped afterwards; the
    /// executors of smol and async-std are global and live as long as the process.
    pub(crate) fn block_on<T>(self, future: impl Future<Output = T>) -> T {
        match self {
            Runtime::Tokio => tokio::runtime::Runtime::new()
                .expect("tokio could not start its worker threads")
                .block_on(future),
            Runtime::Smol => smol::block_on(future),
            Runtime::AsyncStd => async_std::task::block_on(future),
        }
    }

    /// As [`block_on`](Self::block_on), with steadfast: `future` is the root of every nursery that is opened in it. smol's executor
    /// is one of its own, as steadfast recommends; that behind `smol::spawn` would do as well.
    pub(crate) fn run_steadfast<T>(self, future: impl Future<Output = T>) -> T {
        match self {
            Runtime::Tokio => {
                let tokio = TokioRuntime::new().expect("tokio could not start its worker threads");
                steadfast::block_on(&tokio, future)
            }
            Runtime::Smol => {
                let smol = SmolRuntime::new().expect("smol could not start its worker threads");
                steadfast::block_on(&smol, future)
            }
            Runtime::AsyncStd => steadfast::block_on(&AsyncStd, future),
        }
    }

    /// Starts a task that nobody waits for.
    pub(crate) fn spawn_detached(self, task: impl Future<Output = ()> + Send + 'static) {
        match self {
            // steadfast: allow(detached-spawn, reason = "the failure that the demonstration shows")
            Runtime::Tokio => drop(tokio::spawn(task)),
            // steadfast: allow(detached-spawn, reason = "the failure that the demonstration shows")
            Runtime::Smol => smol::spawn(task).detach(),
            // steadfast: allow(detached-spawn, reason = "the failure that the demonstration shows")
            Runtime::AsyncStd => drop(async_std::task::spawn(task)),
        }
    }

    /// Starts a task and waits for its result.
    pub(crate) async fn spawn_and_wait<T: Send + 'static>(
        self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> T {
        match self {
            Runtime::Tokio => tokio::spawn(task).await.expect("the task panicked"),
            Runtime::Smol => smol::spawn(task).await,
            Runtime::AsyncStd => async_std::task::spawn(task).await,
        }
    }

    pub(crate) async fn sleep(self, time: Duration) {
        match self {
            Runtime::Tokio => tokio::time::sleep(time).await,
            Runtime::Smol => drop(smol::Timer::after(time).await),
            Runtime::AsyncStd => async_std::task::sleep(time).await,
        }
    }
}
