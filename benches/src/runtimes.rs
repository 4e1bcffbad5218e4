//! The runtimes, as the contestants see them: each is the same for a task spawned by hand and for a child.

use async_executor::Executor;
use std::{
    future::Future,
    sync::Arc,
    thread::{self, JoinHandle},
};
use steadfast::{Owner, smol::SmolRuntime, tokio::TokioRuntime as TokioOwner};

/// A runtime with the tasks that it gives to everybody.
pub(crate) trait Bed: 'static {
    type Owner: Owner;
    /// A task that is awaited.
    type Task<T: Send + 'static>: Future;

    fn owner(&self) -> &Self::Owner;
    fn spawn<F>(&self, future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;
    /// Drops the tasks where they wait, and returns when all are gone.
    fn cancel<T: Send + 'static>(tasks: Vec<Self::Task<T>>) -> impl Future<Output = ()>;
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        steadfast::Entry::block_on(self.owner(), future)
    }
}

pub(crate) struct Tokio(TokioOwner);

impl Tokio {
    /// With so many workers; 0 is the current thread.
    pub(crate) fn new(workers: usize) -> Self {
        Self(
            match workers {
                0 => TokioOwner::current_thread(),
                _ => TokioOwner::multi_thread(workers),
            }
            .expect("the system has threads"),
        )
    }
}

impl Bed for Tokio {
    type Owner = TokioOwner;
    type Task<T: Send + 'static> = tokio::task::JoinHandle<T>;

    fn owner(&self) -> &TokioOwner {
        &self.0
    }

    fn spawn<F>(&self, future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        tokio::spawn(future)
    }

    async fn cancel<T: Send + 'static>(tasks: Vec<Self::Task<T>>) {
        tasks.iter().for_each(|task| task.abort());
        for task in tasks {
            _ = task.await;
        }
    }
}

/// An executor of smol's, driven as `SmolRuntime` drives its own, which nobody else can spawn on.
pub(crate) struct Smol {
    owner: SmolRuntime,
    executor: Arc<Executor<'static>>,
    stop: async_channel::Sender<()>,
    threads: Vec<JoinHandle<()>>,
}

impl Smol {
    pub(crate) fn new(threads: usize) -> Self {
        let executor = Arc::new(Executor::new());
        let (stop, stopped) = async_channel::bounded(1);
        let drive = |_| {
            let (executor, stopped) = (executor.clone(), stopped.clone());
            thread::spawn(move || _ = async_io::block_on(executor.run(stopped.recv())))
        };
        Self {
            owner: SmolRuntime::with_threads(threads).expect("the system has threads"),
            threads: (0..threads).map(drive).collect(),
            executor,
            stop,
        }
    }
}

impl Drop for Smol {
    fn drop(&mut self) {
        self.stop.close();
        for thread in self.threads.drain(..) {
            thread.join().expect("the executor does not panic");
        }
    }
}

impl Bed for Smol {
    type Owner = SmolRuntime;
    type Task<T: Send + 'static> = async_executor::Task<T>;

    fn owner(&self) -> &SmolRuntime {
        &self.owner
    }

    fn spawn<F>(&self, future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.executor.spawn(future)
    }

    async fn cancel<T: Send + 'static>(tasks: Vec<Self::Task<T>>) {
        for task in tasks {
            task.cancel().await;
        }
    }
}

/// The global executor of async-std.
pub(crate) struct AsyncStd(steadfast::async_std::AsyncStd);

impl AsyncStd {
    pub(crate) fn new() -> Self {
        Self(steadfast::async_std::AsyncStd::new().expect("async-std starts"))
    }
}

impl Bed for AsyncStd {
    type Owner = steadfast::async_std::AsyncStd;
    type Task<T: Send + 'static> = async_std::task::JoinHandle<T>;

    fn owner(&self) -> &steadfast::async_std::AsyncStd {
        &self.0
    }

    fn spawn<F>(&self, future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        async_std::task::spawn(future)
    }

    async fn cancel<T: Send + 'static>(tasks: Vec<Self::Task<T>>) {
        for task in tasks {
            task.cancel().await;
        }
    }
}
