//! Tasks whose end can be waited for without knowing how the runtime ends them.

use core::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use steadfast_core::Spawn;

use super::release::PlainTask;
use super::{Gate, OnDrop};

/// Spawns `future` and gives a way to wait for its value, or for the news that the runtime dropped it.
///
/// # Panics
///
/// If the runtime refuses the task, as one that was shut down does.
pub fn start<R, F>(runtime: &R, future: F) -> Started<F::Output>
where
    R: Spawn,
    F: Future<Output: Send> + Send + 'static,
{
    let started = Started {
        value: Arc::default(),
        ended: Gate::new(),
    };
    let (value, ended) = (Arc::clone(&started.value), started.ended.clone());
    // Made before the task: a task that is dropped unpolled must open the gate as well.
    let end = OnDrop::new(move || ended.open());
    let plain = PlainTask::default();
    let spawned = runtime.spawn(async move {
        // Gone after all that the future leaves behind.
        let _plain = plain;
        let _end = end;
        let output = future.await;
        *value.lock().unwrap_or_else(PoisonError::into_inner) = Some(output);
    });
    spawned.expect("a runtime that is alive must take tasks");
    started
}

/// A task made by [`start`]. Dropping it leaves the task alone.
pub struct Started<T> {
    value: Arc<Mutex<Option<T>>>,
    ended: Gate,
}

impl<T> Started<T> {
    /// Waits for the value.
    ///
    /// # Errors
    ///
    /// [`Lost`] if the runtime dropped the task before it was ready.
    pub async fn wait(self) -> Result<T, Lost> {
        self.ended.wait().await;
        self.value
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .ok_or(Lost)
    }
}

impl<T> fmt::Debug for Started<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// The runtime dropped a task that was not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the runtime dropped a task that was not ready")
    }
}

impl std::error::Error for Lost {}
