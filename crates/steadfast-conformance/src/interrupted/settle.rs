//! What must be so when a trial is over.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use steadfast_core::{Runtime, witness, yield_now};

use super::rungs::Rung;
use super::trial::Idle;
use crate::Fixture;
use crate::probe::release;
use crate::system::{guarded, wronged};

/// How things were before a trial.
#[derive(Clone, Copy)]
pub(crate) struct Before {
    held: usize,
    lost: u64,
    guarded: usize,
    plain_tasks: usize,
}

impl Before {
    pub(super) fn new() -> Self {
        drop(wronged());
        *shut_down() = None;
        Self {
            held: release::held(),
            lost: steadfast_core::lost(),
            guarded: guarded(),
            plain_tasks: release::plain_tasks(),
        }
    }

    pub(super) fn has_plain_tasks(&self) -> bool {
        release::plain_tasks() > self.plain_tasks
    }

    /// Looks at the instant at which the root returns: everybody has finished, and everything is cleaned up.
    pub(super) fn left_when_the_root_returned(&self, rung: Rung) -> Vec<String> {
        if rung >= Rung::Outside {
            return Vec::new();
        }
        let mut found = Vec::new();
        let work = witness::work(&steadfast_core::tree());
        if !work.is_empty() {
            found.push(format!(
                "left in the tree when the root returned:\n{}",
                work.join("\n")
            ));
        }
        let left = guarded().saturating_sub(self.guarded);
        if left > 0 && rung != Rung::Loses {
            found.push(format!(
                "{left} guarded resources were left when the root returned"
            ));
        }
        found
    }

    /// Looks when everything is down.
    pub(super) fn nothing_is_left(&self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while release::held() > self.held && Instant::now() < deadline {
            std::thread::yield_now();
        }
        match release::held().saturating_sub(self.held) {
            0 => Ok(()),
            left => Err(format!(
                "{left} counts and gates are still held by something when the runtime is gone"
            )),
        }
    }

    fn complaints(&self) -> Vec<String> {
        let mut found = Vec::new();
        let tree = steadfast_core::tree().to_string();
        if !tree.is_empty() {
            found.push(format!("left in the tree:\n{tree}"));
        }
        let left = release::held().saturating_sub(self.held);
        if left > 0 {
            found.push(format!(
                "{left} counts and gates are still held by something"
            ));
        }
        found
    }
}

/// Waits until nothing is left. The runtime is still there, so that a child that nobody adopted is, too.
pub(super) fn in_time<R: Runtime>(
    fixture: &Fixture<R>,
    before: &Before,
    rung: Rung,
    idle: Idle<R>,
) -> Result<(), String> {
    release::release();
    // Nobody is left in a runtime that was shut down.
    if rung == Rung::Runtime || !fixture.is_up() {
        return Ok(());
    }
    let deadline = Instant::now() + PATIENCE;
    let runtime = fixture.runtime();
    let mut found = fixture.enter(async {
        loop {
            match idle(&runtime) {
                Some(idle) => idle.await,
                None => yield_now().await,
            }
            let found = before.complaints();
            if found.is_empty() || Instant::now() > deadline {
                return found;
            }
        }
    });
    if rung < Rung::Loses {
        found.extend(wronged());
        let lost = steadfast_core::lost() - before.lost;
        if lost > 0 {
            found.push(format!("{lost} pieces of work or clean-ups were lost"));
        }
    }
    if let (true, Some(tree)) = (rung < Rung::Shutdown, shut_down().take()) {
        found.push(format!(
            "it took a shutdown to end it, and it is not listed as such:\n{tree}"
        ));
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(found.join("; "))
    }
}

/// The root had to be shut down, because of what is in the tree now.
pub(super) fn had_to_shut_down() {
    *shut_down() = Some(steadfast_core::tree().to_string());
}

fn shut_down() -> MutexGuard<'static, Option<String>> {
    static TREE: Mutex<Option<String>> = Mutex::new(None);
    TREE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long threads that are about to end are waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
