//! A runtime that is a queue: tasks are polled in the order in which they were woken, by whoever runs it.

use async_task::Runnable;
use std::{
    collections::VecDeque,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use steadfast_core::{Refused, Spawn, SpawnBlocking, Timer};

#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Arc<Mutex<VecDeque<Runnable>>>);

impl Line {
    /// Polls until nobody is woken any more.
    pub(crate) fn run(&self) {
        while let Some(task) = self.next() {
            task.run();
        }
    }

    /// Polls so many times.
    pub(crate) fn run_for(&self, polls: usize) {
        for task in (0..polls).map_while(|_| self.next()) {
            task.run();
        }
    }

    fn next(&self) -> Option<Runnable> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }

    pub(crate) fn spawn_bare(&self, task: impl Future<Output = ()> + Send + 'static) {
        let line = Arc::clone(&self.0);
        let schedule = move |task| {
            line.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push_back(task)
        };
        let (runnable, task) = async_task::spawn(task, schedule);
        task.detach();
        runnable.schedule();
    }
}

impl Spawn for Line {
    fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.spawn_bare(task);
        Ok(())
    }
}

impl SpawnBlocking for Line {
    fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
    where
        W: FnOnce() + Send + 'static,
    {
        Err(Refused::new(work))
    }
}

/// A clock whose sleeps never end.
impl Timer for Line {
    type Sleep = std::future::Pending<()>;

    fn sleep_until(&self, _: Instant) -> Self::Sleep {
        std::future::pending()
    }
}
