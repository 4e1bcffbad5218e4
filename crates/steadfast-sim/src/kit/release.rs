//! Ending every wait for a count or a gate at once, and counting what is held: for a process that breaks off one test after the
//! other, and wants to see all of each end.
//!
//! A test that is broken off never opens the gates that its tasks wait at. After [`begin`], each count that
//! anybody waits for is known here, and [`release`] lets all of them through, until [`begin`] is called again.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::tally::Shared;

static LISTENING: AtomicBool = AtomicBool::new(false);
static RELEASED: AtomicBool = AtomicBool::new(false);
static WAITED_FOR: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());
static HELD: AtomicUsize = AtomicUsize::new(0);

/// Waits last again, from here on and in the whole process.
pub fn begin() {
    waited_for().clear();
    RELEASED.store(false, Ordering::SeqCst);
    LISTENING.store(true, Ordering::SeqCst);
}

/// Ends every wait, those that have begun and those that are still to come.
pub fn release() {
    RELEASED.store(true, Ordering::SeqCst);
    // Whoever began to wait before the store is in the list; whoever begins after it looks at the flag under its lock.
    let all = std::mem::take(&mut *waited_for());
    for shared in all.iter().filter_map(Weak::upgrade) {
        shared.call();
    }
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

pub(super) fn is_released() -> bool {
    RELEASED.load(Ordering::SeqCst)
}

/// Somebody is about to wait for `shared`.
pub(super) fn listen(shared: &Arc<Shared>) {
    if is_listening() {
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
