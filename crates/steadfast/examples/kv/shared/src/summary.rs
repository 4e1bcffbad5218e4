//! What whoever runs the server is told at its end.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

/// What became of the connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many have ended.
    pub ended: usize,
    /// Why those failed that did.
    pub failures: Vec<String>,
}

/// The summary while it is being made.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Summary>);

impl Tally {
    /// Counts the end of a connection.
    pub fn ended<E: Display>(&self, how: Result<(), E>) {
        let mut summary = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        summary.ended += 1;
        if let Err(why) = how {
            eprintln!("a connection failed: {why}");
            summary.failures.push(why.to_string());
        }
    }

    /// What has been counted so far.
    pub fn summary(&self) -> Summary {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
