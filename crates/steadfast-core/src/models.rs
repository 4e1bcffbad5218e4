//! Models of what threads share, for Loom: the nursery itself, on a runtime of Loom's threads, in every interleaving.
//!
//! Run them with `RUSTFLAGS="--cfg steadfast_loom" cargo test -p steadfast-core --features __faults --release --lib models`;
//! with `-- --nocapture` each says how many interleavings it went through.
//!
//! # What is covered
//!
//! | race | models |
//! |---|---|
//! | a spawn, with the end of the body or of the last child | [`spawning`] |
//! | the last child, with the wait for it | [`exit`] |
//! | a request or an abort, with the end of work, with a wait, with a scope that is born; a deadline, with who waits for it | [`cancelling`] |
//! | the drop of a nursery, with the end of its child; adoption, with the end of the parent | [`adopting`] |
//! | a value, with whoever awaits or drops its handle | [`handles`] |
//! | a guest that comes or goes, with the close, with a request, with the end of its grace | [`guests`] |
//! | a clean-up that is handed over, with the end of who takes it | [`cleaning`] |
//! | tasks that share children, with each other, with a wake, and with the call that brings them | [`groups`] |
//! | a wake or an adoption from elsewhere, with a scope that goes to sleep or is gone | [`scopes`] |
//! | a look at who is there, with a seat that changes hands | `nursery::roster::models` |
//!
//! Every model waits for all of its threads, so that a lost wake shows as a deadlock. What was done on one thread is looked at
//! by relaxed loads on another ([`Deed`](runtime::Deed)), so that an order which is not kept shows as a deed that was not seen.
//! [`killers`] breaks the protocol on purpose and names the model that notices.
//!
//! # What is not
//!
//! - **Interleavings with more preemptions than the bound of the model**, which is its first argument. A switch at a point where
//!   the thread waits anyway is no preemption. Most known faults need one or two.
//! - **More than five threads**, which is Loom's limit, and more children than these have.
//! - **What stays std's**: counts of `Arc`, `OnceLock`, the semaphore of `limit`; [`sync`](crate::sync) says why.
//! - **Sequentially consistent accesses**: the crate uses none.
//! - **Time**: no timer ever rings, so that grace and budgets have no end, and deadlines are those that have passed when they are set.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

mod adopting;
mod cancelling;
mod cleaning;
mod exit;
mod groups;
mod guests;
mod handles;
#[cfg(feature = "__faults")]
mod killers;
mod runtime;
mod scopes;
mod spawning;

pub(crate) use self::runtime::Threads;

/// A [`model`] of a race that can end in two ways, which `scene` tells apart. Fails if only one of them ever comes: then the
/// threads did not meet where they should.
fn race(preemptions: usize, scene: impl Fn(&Threads) -> bool + Send + Sync + 'static) {
    let ends = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let counted = Arc::clone(&ends);
    model(preemptions, move |threads| {
        let end = scene(threads);
        counted[usize::from(end)].fetch_add(1, Ordering::Relaxed);
    });
    let [no, yes] = &*ends;
    assert_ne!(no.load(Ordering::Relaxed), 0, "it always ends one way");
    assert_ne!(yes.load(Ordering::Relaxed), 0, "it never ends that way");
}

/// Runs `scene` in every interleaving of its threads with up to `preemptions` preemptions.
pub(crate) fn model(preemptions: usize, scene: impl Fn(&Threads) + Send + Sync + 'static) {
    #[cfg(feature = "__faults")]
    killers::plant_what_is_asked_for();
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let mut explorer = loom::model::Builder::new();
    explorer.preemption_bound = Some(preemptions);
    explorer.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let threads = Threads::default();
        scene(&threads);
        threads.join();
    });
    println!(
        "{}: {} interleavings, up to {preemptions} preemptions",
        std::thread::current().name().unwrap_or("a model"),
        runs.load(Ordering::Relaxed)
    );
}
