//! Ending every wait for a count or a gate at once, and counting what is held: for a process that breaks off one test after the
//! other, and wants to see all of each end.
//!
//! A test that is broken off never opens the gates that its tasks wait at. After [`begin`], each count that
//! anybody waits for is known here. [`release_plain`] lets those through that no nursery answers for, and [`release`] all of them,
//! until [`begin`] is called again.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use steadfast_core::Invitation;

use super::tally::Shared;

static LISTENING: AtomicBool = AtomicBool::new(false);
static RELEASED: AtomicU8 = AtomicU8::new(NOBODY);
static WAITED_FOR: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());
static HELD: AtomicUsize = AtomicUsize::new(0);
static PLAIN: AtomicUsize = AtomicUsize::new(0);

/// Who is let through.
const NOBODY: u8 = 0;
const PLAIN_CODE: u8 = 1;
const EVERYBODY: u8 = 2;

/// Waits last again, from here on and in the whole process.
pub fn begin() {
    waited_for().clear();
    RELEASED.store(NOBODY, Ordering::SeqCst);
    LISTENING.store(true, Ordering::SeqCst);
}

/// Ends every wait of code that runs in no nursery, such as that of a plain task: those that have begun and those that are still to
/// come.
pub fn release_plain() {
    let_through(PLAIN_CODE);
}

/// Ends every wait, those that have begun and those that are still to come.
pub fn release() {
    let_through(EVERYBODY);
}

fn let_through(whom: u8) {
    RELEASED.fetch_max(whom, Ordering::SeqCst);
    // Whoever began to wait before the store is in the list; whoever begins after it looks at the flag under its lock. Who is not let
    // through stays in the list.
    let all: Vec<_> = waited_for().iter().filter_map(Weak::upgrade).collect();
    all.iter().for_each(|shared| shared.call());
}

/// Whether [`begin`] has been called.
#[must_use]
pub fn is_listening() -> bool {
    LISTENING.load(Ordering::Relaxed)
}

/// How many counts, gates, sequencers and probes there are in this process, clones of one counted once.
#[must_use]
pub fn held() -> usize {
    HELD.load(Ordering::SeqCst)
}

/// How many tasks of [`start`](super::start) and of the fixtures of a suite there are that have not ended. What they drop belongs to
/// nobody but the root: it must be there until then.
#[must_use]
pub fn plain_tasks() -> usize {
    PLAIN.load(Ordering::SeqCst)
}

/// Whether the caller, who is about to wait, need not.
pub(super) fn is_released() -> bool {
    match RELEASED.load(Ordering::SeqCst) {
        NOBODY => false,
        PLAIN_CODE => Invitation::here().is_none(),
        _ => true,
    }
}

/// Somebody is about to wait for `shared`.
pub(super) fn listen(shared: &Arc<Shared>) {
    if is_listening() && RELEASED.load(Ordering::SeqCst) < EVERYBODY {
        waited_for().push(Arc::downgrade(shared));
    }
}

fn waited_for() -> MutexGuard<'static, Vec<Weak<Shared>>> {
    WAITED_FOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts its owner in [`held`].
#[derive(Debug)]
pub(super) struct Held(());

impl Default for Held {
    fn default() -> Self {
        HELD.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Counts the task that owns it in [`plain_tasks`].
#[derive(Debug)]
pub struct PlainTask(());

impl Default for PlainTask {
    fn default() -> Self {
        PLAIN.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for PlainTask {
    fn drop(&mut self) {
        PLAIN.fetch_sub(1, Ordering::SeqCst);
    }
}
