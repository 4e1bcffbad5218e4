//! The laws of a local executor: what it spawns stays on its thread, from the first poll to the destructor.
//!
//! [`local_conformance_tests!`](crate::local_conformance_tests) gives one `#[test]` for each of them. It takes a function
//! that makes a spawner and its entry on the calling thread; each case calls it on a thread of its own. A backend that drops
//! a local task on another thread cannot be written in safe Rust, so there is no mutant of that kind.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use steadfast_core::{CancelScope, Entry, FutureExt, SpawnLocal};

use crate::probe::{Gate, OnDrop, Tally, yield_once};

/// Defines the tests of one local executor: `local_conformance_tests!(my_local: make)`, where `make` is a
/// `fn() -> (impl SpawnLocal, impl Entry)`.
#[macro_export]
macro_rules! local_conformance_tests {
    ($name:ident: $make:expr) => {
        $crate::local_conformance_tests!(
            $name: $make;
            runs_what_it_took, polls_nothing_inline, keeps_tasks_on_its_thread, drops_the_pending_on_its_thread,
            ends_what_another_thread_cancels
        );
    };
    ($name:ident: $make:expr; $($case:ident),+) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(
                #[test]
                fn $case() {
                    $crate::local::$case($make);
                }
            )+
        }
    };
}

/// A task that was spawned runs to its end, although it is not `Send`.
///
/// # Panics
///
/// If it does not hold.
pub fn runs_what_it_took<L: SpawnLocal, E: Entry + 'static>(make: fn() -> (L, E)) {
    on_own_thread(move || {
        let (local, entry) = make();
        let (done, value) = (Gate::new(), Rc::new(7));
        let opens = done.clone();
        let task = async move {
            yield_once().await;
            assert_eq!(*value, 7);
            opens.open();
        };
        local.spawn_local(task).expect("it is alive");
        entry.block_on(done.wait());
    });
}

/// A spawn does not poll.
///
/// # Panics
///
/// If it does not hold.
pub fn polls_nothing_inline<L: SpawnLocal, E: Entry + 'static>(make: fn() -> (L, E)) {
    on_own_thread(move || {
        let (local, entry) = make();
        let polled = Gate::new();
        let opens = polled.clone();
        local
            .spawn_local(async move { opens.open() })
            .expect("it is alive");
        assert!(!polled.is_open());
        entry.block_on(polled.wait());
    });
}

/// A task is polled and dropped on its thread alone, also after wakes from another one.
///
/// # Panics
///
/// If it does not hold.
pub fn keeps_tasks_on_its_thread<L: SpawnLocal, E: Entry + 'static>(make: fn() -> (L, E)) {
    on_own_thread(move || {
        let (local, entry) = make();
        let (seen, rounds, dropped) = (Threads::default(), Tally::new(), Gate::new());
        let (polls, drops, asked, opens) =
            (seen.clone(), seen.clone(), rounds.clone(), dropped.clone());
        let task = async move {
            let _last = OnDrop::new(move || {
                drops.note();
                opens.open();
            });
            for round in 1..=5 {
                polls.note();
                asked.reached(round).await;
            }
        };
        local.spawn_local(task).expect("it is alive");
        let foreign = thread::spawn(move || (0..5).for_each(|_| _ = rounds.add()));
        entry.block_on(dropped.wait());
        foreign.join().expect("it only counts");
        assert_eq!(seen.list(), [thread::current().id(); 6]);
    });
}

/// A task that is pending when its executor and its thread end is dropped there, once.
///
/// # Panics
///
/// If it does not hold.
pub fn drops_the_pending_on_its_thread<L: SpawnLocal, E: Entry + 'static>(make: fn() -> (L, E)) {
    let seen = Threads::default();
    let drops = seen.clone();
    let own = on_own_thread(move || {
        let (local, entry) = make();
        let begun = Gate::new();
        let opens = begun.clone();
        let task = async move {
            let _last = OnDrop::new(move || drops.note());
            opens.open();
            std::future::pending::<()>().await;
        };
        local.spawn_local(task).expect("it is alive");
        entry.block_on(begun.wait());
        thread::current().id()
    });
    assert_eq!(seen.list(), [own]);
}

/// A marked region of a local task gives way to a request from another thread, and is dropped on its own.
///
/// # Panics
///
/// If it does not hold.
pub fn ends_what_another_thread_cancels<L: SpawnLocal, E: Entry + 'static>(make: fn() -> (L, E)) {
    on_own_thread(move || {
        let (local, entry) = make();
        let (seen, begun, ended) = (Threads::default(), Gate::new(), Gate::new());
        let (drops, opens, ends) = (seen.clone(), begun.clone(), ended.clone());
        let scope = CancelScope::new();
        let handle = scope.handle();
        let region = async move {
            let _last = OnDrop::new(move || drops.note());
            opens.open();
            std::future::pending::<()>().await;
        };
        let task = async move {
            assert!(scope.run(region.or_cancelled()).await.is_err());
            ends.open();
        };
        local.spawn_local(task).expect("it is alive");
        let foreign = thread::spawn(move || {
            begun.wait_blocking();
            handle.cancel("from another thread");
        });
        entry.block_on(ended.wait());
        foreign.join().expect("it only cancels");
        assert_eq!(seen.list(), [thread::current().id()]);
    });
}

/// The threads on which something happened, in order.
#[derive(Clone, Default)]
struct Threads(Arc<Mutex<Vec<ThreadId>>>);

impl Threads {
    fn note(&self) {
        let mut threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        threads.push(thread::current().id());
    }

    fn list(&self) -> Vec<ThreadId> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn on_own_thread<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    match thread::spawn(run).join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
