//! Runs one half of a scenario so that neither a panic nor a hang of it can keep the table from being printed.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::runtime::Runtime;
use crate::scenario::Half;

#[cfg(test)]
mod tests;

/// One cell of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Observed: nothing went wrong.
    Clean(String),
    /// Observed: one of the failures that are on show.
    Wrong(String),
    /// The half could not be run to its end, for this reason.
    NotObserved(String),
}

impl Cell {
    pub(crate) fn is_clean(&self) -> bool {
        matches!(self, Cell::Clean(_))
    }

    pub(crate) fn is_wrong(&self) -> bool {
        matches!(self, Cell::Wrong(_))
    }
}

/// Runs `half` and writes down what it observed.
pub(crate) fn run(half: Half, runtime: Runtime) -> Cell {
    run_within(PATIENCE, half, runtime)
}

fn run_within(patience: Duration, half: Half, runtime: Runtime) -> Cell {
    match watch_within(patience, move || half(runtime)) {
        Ok(Ok(seen)) if seen.is_clean() => Cell::Clean(seen.to_string()),
        Ok(Ok(seen)) => Cell::Wrong(seen.to_string()),
        Ok(Err(failure)) => Cell::NotObserved(failure.to_string()),
        Err(why) => Cell::NotObserved(why),
    }
}

/// Runs `work` on a thread of its own. The error says why there is no value.
pub(crate) fn watch<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    watch_within(PATIENCE, work)
}

fn watch_within<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let (report, reported) = mpsc::channel();
    thread::spawn(move || {
        let _ = report.send(work());
    });
    reported.recv_timeout(patience).map_err(|why| match why {
        RecvTimeoutError::Disconnected => "it panicked".into(),
        RecvTimeoutError::Timeout => format!("no end within {patience:?}"),
    })
}

/// Far more than a half takes on a slow machine. It only turns a hang into a row that says so.
const PATIENCE: Duration = Duration::from_secs(120);
