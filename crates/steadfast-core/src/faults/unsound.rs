//! Undefined behaviour, on purpose: what Miri and the sanitizers have to find in the protocol of nurseries, or else they look at
//! nothing.
//!
//! Only compiled with the feature `__faults`, and only reached when a test has planted the fault. `cargo xtask verify` plants
//! each of them, runs ordinary cases of the suite, and fails if the tool does not say so.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Subtracts `unit` as if the count were a plain number that nobody else writes. Returns what was there before.
pub(crate) fn subtract_plainly(count: &AtomicU64, unit: u64) -> u64 {
    let plain = count.as_ptr();
    // SAFETY: violated, which is the fault. The pointer comes from a reference, so that it is aligned and what it points to is
    // alive and initialised; but `read` also asks that no other thread writes meanwhile, and other children count themselves
    // out. It is compiled for the proof alone that a data race is found.
    let before = unsafe { plain.read() };
    // SAFETY: violated, as above: other threads read and write meanwhile.
    unsafe { plain.write(before - unit) };
    before
}

/// Lets go of `shared`, and has one more `look` at it.
pub(crate) fn look_after_release<T>(shared: Arc<T>, look: impl FnOnce(&T)) {
    let pointer = Arc::as_ptr(&shared);
    drop(shared);
    // SAFETY: violated, which is the fault. A reference asks that its pointee is alive, and nothing keeps it alive here: if
    // `shared` was the last of its kind, the memory has been freed. It is compiled for the proof alone that a use after free
    // is found.
    look(unsafe { &*pointer });
}
